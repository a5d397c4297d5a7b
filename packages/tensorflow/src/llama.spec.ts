import { readFile } from 'node:fs/promises';

import { describeLlama } from '@ramble/testing';

import { describeOnEngine } from '../test/describe-on-engine.js';
import { tensorflowEngine } from './engine.js';

describeOnEngine('the Llama family', () =>
  describeLlama(tensorflowEngine, (path) =>
    readFile(new URL(`../../testing/fixtures/llama/${path}`, import.meta.url)),
  ),
);
