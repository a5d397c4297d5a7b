import { trainingConfig } from '@ramble/core';

/** Fields of a new run except its model. */
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
