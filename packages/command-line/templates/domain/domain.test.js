// Checks the contract of all domains on examples of this one: `npm test`.
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
      output: line.slice(2), // the expected result of decodeOutput for the other tokens
    })),
    invalid: lines.slice(0, 30).map((line) => ({
      example: `${line}#`,
      message: 'text: expected characters of the data, got #',
    })),
    // A domain with a grammar also needs a rule to compare it with: isValidOutput: (tokens, prompt) => …, as
    // docs/add-a-domain.md shows.
  },
  { describe, it }, // jest and vitest define them as globals
);
