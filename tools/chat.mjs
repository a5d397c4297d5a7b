// `npm run chat`: a conversation with a real model. Downloads SmolLM2 135M Instruct (93 MB, Apache-2.0),
// makes a run of it and chats. Every step is a `ramble` command that is printed first, so that it can be typed
// again.
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { runRamble } from './run-ramble.mjs';

const root = join(import.meta.dirname, '..');
const run = join('runs', 'smollm2');

if (!existsSync(join(root, run))) {
  await ramble('text', 'import', 'smollm2-135m-instruct', '--out', run);
}
// The settings of the model's authors: at a higher temperature, so small a model often loses the topic.
const given = process.argv.slice(2);
await ramble(
  'text',
  'chat',
  '--model',
  run,
  ...(given.length > 0 ? given : ['--temperature', '0.2']),
);

/** Prints a command and runs it here. */
async function ramble(...words) {
  console.error(`$ npx ramble ${words.join(' ')}`);
  await runRamble(words);
}
