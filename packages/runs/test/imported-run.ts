import { trainingConfig } from '@ramble/core';

/** What a new run needs beside its model. */
export const tinyRun = {
  domain: {
    name: 'text',
    options: { tokenizer: 'char' },
    files: { 'characters.json': '["a","b"]\n', 'settings.json': '{}' },
  },
  training: trainingConfig({ seed: 3 }),
  data: { data: { path: 'moby.txt', sha256: '5e'.repeat(32) } },
  engine: 'cpu',
};
