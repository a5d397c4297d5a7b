import { readFile } from 'node:fs/promises';

import { describeLlama } from '@ramble/testing';

import { cpuEngine, wasmEngine } from './engines.js';

for (const engine of [cpuEngine, wasmEngine]) {
  describeLlama(engine, (path) =>
    readFile(new URL(`../../testing/fixtures/llama/${path}`, import.meta.url)),
  );
}
