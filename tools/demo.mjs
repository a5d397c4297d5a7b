// `npm run demo`: the main job on real input. Gets Moby Dick, measures how fast this machine trains,
// trains a model of a fitting size for three minutes and lets it write. Every step is a `ramble`
// command that is printed first, so that it can be typed again.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

const root = join(import.meta.dirname, '..');
const bin = join(root, 'apps/ramble/bin/ramble.js');
const MINUTES = Number(process.env.RAMBLE_DEMO_MINUTES ?? 3);
/** Updates below which a model has learned too little of the book to be worth its size. */
const FEWEST_STEPS = 900;
const MOST_STEPS = 5000;
/** Largest first; dropout is of no use in so short a time. */
const SIZES = [
  { name: 'mini', flags: ['--preset', 'mini', '--batch-size', '16'], tokensPerStep: 16 * 128 },
  { name: 'micro', flags: ['--preset', 'micro', '--batch-size', '12'], tokensPerStep: 12 * 64 },
  { name: 'nano', flags: ['--preset', 'nano', '--batch-size', '12'], tokensPerStep: 12 * 64 },
];

const out = join('runs', 'demo');
console.log('\nramble learns Moby Dick, a character at a time.\n');
ramble('data', 'get', 'moby-dick');
const { name, flags, steps } = fittingSize();
console.log(`\nIn ${MINUTES} minutes this machine makes ${steps} updates of a ${name} model.`);
rmSync(join(root, out), { recursive: true, force: true });
const recipe = [
  '--learning-rate',
  '2e-3',
  '--max-steps',
  `${steps}`,
  '--log-interval',
  '100',
  '--eval-interval',
  `${Math.ceil(steps / 4)}`,
];
ramble('text', 'train', '--data', 'moby-dick', '--out', out, ...flags, ...recipe);

console.log('\nWithout a prompt, from the start of a line:');
ramble('text', 'sample', '--model', out, '--max-new-tokens', '200', '--quiet');
console.log('\nWith a prompt, drawn from the 40 likeliest characters, a little bolder:');
const prompt = [
  '--prompt',
  'Call me Ishmael. Some years ago',
  '--max-new-tokens',
  '200',
  '--quiet',
];
ramble('text', 'sample', '--model', out, ...prompt, '--temperature', '0.8', '--top-k', '40');
console.log('\nThe same prompt, always the likeliest character: safe, and soon in a circle:');
ramble('text', 'sample', '--model', out, ...prompt, '--method', 'greedy');

console.log(`
The loss curve, settings and samples: ${join(out, 'report.html')}
Try next:
  npx ramble text next --model ${out} --prompt "the white wh"
  npx ramble text evaluate --model ${out} --data moby-dick --stride 32
  npx ramble text train --resume --out ${out} --max-steps ${2 * steps}
  npx ramble text train --data YOUR_FILE.txt --out runs/mine --max-minutes 5
  npx ramble --help`);

/** The largest size that makes enough updates in the time, by training each for a few seconds. */
function fittingSize() {
  console.log('\nMeasuring how fast this machine trains …');
  const probes = mkdtempSync(join(tmpdir(), 'ramble-demo-'));
  try {
    for (const size of SIZES) {
      const steps = stepsInTime(size, join(probes, size.name));
      if (steps >= FEWEST_STEPS || size === SIZES.at(-1)) {
        return { ...size, steps: Math.min(steps, MOST_STEPS) };
      }
    }
  } finally {
    rmSync(probes, { recursive: true, force: true });
  }
}

function stepsInTime({ flags, tokensPerStep }, folder) {
  // A line is enough to validate on: this measures training.
  const valid = `${folder}.txt`;
  writeFileSync(valid, 'Call me Ishmael. Some years ago, never mind how long precisely.\n');
  const words = ['text', 'train', '--data', 'moby-dick', '--valid', valid, '--out', folder];
  const limits = ['--max-minutes', '0.07', '--json', '--quiet'];
  const { stdout } = run([...words, ...flags, ...limits], ['ignore', 'pipe', 'inherit']);
  const { tokensSeen, elapsedSeconds } = JSON.parse(stdout);
  // Evaluations and samples take a share of the time.
  const seconds = 0.85 * 60 * MINUTES;
  return Math.max(100, Math.floor((seconds * tokensSeen) / elapsedSeconds / tokensPerStep));
}

/** Prints a command and runs it here. */
function ramble(...words) {
  console.log(
    `\n$ npx ramble ${words.map((word) => (/\s/.test(word) ? `"${word}"` : word)).join(' ')}`,
  );
  run(words, 'inherit');
  console.log();
}

function run(words, stdio) {
  const result = spawnSync(process.execPath, [bin, ...words], {
    cwd: root,
    stdio,
    encoding: 'utf8',
  });
  if (result.status !== 0) {
    console.error(`demo: ${relative(root, bin)} ${words[0]} ended with status ${result.status}`);
    process.exit(result.status ?? 1);
  }
  return result;
}
