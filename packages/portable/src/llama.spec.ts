import { readFile } from 'node:fs/promises';

import { describeLlama } from '@ramble/testing';

import { cpuEngine } from './cpu-engine.js';
import { wasmEngine } from './wasm-engine.js';

for (const engine of [cpuEngine, wasmEngine]) {
  describeLlama(engine, (path) =>
    readFile(new URL(`../../testing/fixtures/llama/${path}`, import.meta.url)),
  );
}
