// What every domain must do, checked on examples of this one: `npm test`.
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

import { describeDomainContract } from '@ramble/testing';

import app, { makeDomain } from './domain.js';

const lines = readFileSync(new URL('data.txt', import.meta.url), 'utf8')
  .trim()
  .split('\n');
const characters = [...new Set(lines.join(''))].sort();

describeDomainContract(
  {
    name: app.name,
    create: async () => makeDomain(characters),
    createOther: async () => makeDomain(characters.slice().reverse()),
    factory: app.factory,
    valid: lines.slice(0, 30).map((line) => ({
      example: line,
      prompt: line.slice(0, 2),
      output: line.slice(2), // what decodeOutput makes of the rest
    })),
    invalid: lines.slice(0, 30).map((line) => ({
      example: `${line}#`,
      message: 'text: expected characters of the data, got #',
    })),
    // A domain with a grammar also needs the rule that its grammar is compared with:
    // isValidOutput: (tokens, prompt) => …, as docs/add-a-domain.md shows.
  },
  { describe, it }, // jest and vitest have them as globals
);
