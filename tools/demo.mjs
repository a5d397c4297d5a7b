// `npm run demo`: the main job on real input. Gets Moby Dick, trains a model on it for three minutes and samples
// from it. Every step is a `ramble` command that is printed first, so that it can be typed again.
import { rmSync } from 'node:fs';
import { join } from 'node:path';

import { runRamble } from './run-ramble.mjs';

const root = join(import.meta.dirname, '..');
const MINUTES = process.env.RAMBLE_DEMO_MINUTES ?? '3';

const out = join('runs', 'demo');
console.log('\nramble learns Moby Dick, in pieces of words that it finds in it.\n');
await ramble('data', 'get', 'moby-dick');
rmSync(join(root, out), { recursive: true, force: true });
await ramble('text', 'train', '--data', 'moby-dick', '--out', out, '--max-minutes', MINUTES);

console.log('\nWithout a prompt, from the start of a line:');
await ramble('text', 'sample', '--model', out, '--max-new-tokens', '200', '--quiet');
console.log('\nWith a prompt, drawn from the 40 likeliest tokens, a little more deterministic:');
const prompt = [
  '--prompt',
  'Call me Ishmael. Some years ago',
  '--max-new-tokens',
  '200',
  '--quiet',
];
await ramble('text', 'sample', '--model', out, ...prompt, '--temperature', '0.8', '--top-k', '40');
console.log('\nThe same prompt, always the likeliest token, which soon repeats itself:');
await ramble('text', 'sample', '--model', out, ...prompt, '--method', 'greedy');

console.log(`
The loss curve, settings and samples: ${join(out, 'report.html')}
Try next:
  npx ramble text next --model ${out} --prompt "the white wh"
  npx ramble text evaluate --model ${out} --data moby-dick --stride 128
  npx ramble text train --resume --out ${out} --max-minutes ${MINUTES}
  npx ramble text train --data YOUR_FILE.txt --out runs/mine --max-minutes 5
  npx ramble --help
Look into it, on a page in the browser:
  npx ramble explore --model ${out}`);

/** Prints a command and runs it here. */
async function ramble(...words) {
  console.log(
    `\n$ npx ramble ${words.map((word) => (/\s/.test(word) ? `"${word}"` : word)).join(' ')}`,
  );
  await runRamble(words);
  console.log();
}
