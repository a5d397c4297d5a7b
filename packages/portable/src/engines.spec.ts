import { readFile } from 'node:fs/promises';

import { describeEngineConformance, describeLlama } from '@ramble/testing';

import { cpuEngine, wasmEngine } from './engines.js';

// Both engines are in one file, so that their reference results are computed once.
describeEngineConformance(cpuEngine);
describeEngineConformance(wasmEngine);

for (const engine of [cpuEngine, wasmEngine]) {
  describeLlama(engine, (path) =>
    readFile(new URL(`../../testing/fixtures/llama/${path}`, import.meta.url)),
  );
}
