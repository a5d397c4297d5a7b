import { readFile } from 'node:fs/promises';

import type { Engine } from '@ramble/core/engine';
import { describeLlama } from '@ramble/testing';

import { loadAddon } from './addon/load-addon.js';
import { nativeEngine } from './engine.js';

for (const name of loadAddon(process.env).instructionSets()) {
  const onInstructionSet: Engine = {
    ...nativeEngine,
    name: `native on ${name}`,
    load: async () => {
      await nativeEngine.load();
      loadAddon({ ...process.env, RAMBLE_ISA: name });
    },
  };
  describeLlama(onInstructionSet, (path) =>
    readFile(new URL(`../../testing/fixtures/llama/${path}`, import.meta.url)),
  );
}
