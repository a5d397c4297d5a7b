// `npm run check:tensorboard`: PyPI's tensorboard reads the event files of a training that was killed and resumed. Each
// curve must have the steps and values of log.jsonl, each step once, also if the end of a file is lost.
// Prints SKIPPED if Python is absent or PyPI cannot be reached.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { findPython } from './peers/find-python.mjs';

const PACKAGES = ['tensorboard==2.21.0'];
/** Prints the curves of a folder as JSON. */
const READER = `
import json, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
events = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0, "tensors": 0}).Reload()
curves = {tag: [[e.step, e.value, e.wall_time] for e in events.Scalars(tag)] for tag in events.Tags()["scalars"]}
json.dump(curves, sys.stdout)
`;
/** Tags of TensorBoard, by names in the log. */
const TAGS = {
  loss: 'train/loss',
  learningRate: 'train/learning_rate',
  gradientNorm: 'train/grad_norm',
  tokensPerSecond: 'train/tokens_per_second',
  peakShare: 'train/peak_share',
  validationLoss: 'eval/loss',
  validationScore: 'eval/score',
};

const python = findPython('tensorboard', PACKAGES, ['tensorboard']);
const program = join(import.meta.dirname, '../apps/ramble/bin/ramble.js');
const folder = mkdtempSync(join(tmpdir(), 'ramble-tensorboard-'));
const startSeconds = Date.now() / 1000;
try {
  const run = join(folder, 'run');
  const [source, target] = ['uno dos tres cuatro', 'one two three four'].map((words, i) => {
    const path = join(folder, `${i}.txt`);
    writeFileSync(path, words.replaceAll(' ', '\n').concat('\n').repeat(20));
    return path;
  });
  const data = ['--source', source, '--target', target, '--engine', 'wasm', '--tensorboard'];
  const shape = ['--n-layer', '1', '--n-head', '2', '--n-embd', '32', '--batch-size', '4'];
  const pace = ['--log-interval', '1', '--eval-interval', '20', '--save-interval', '50'];
  await killAfter(70, [...data, ...shape, ...pace, '--max-steps', '1000', '--out', run]);
  compare('killed', run);
  const resume = ['--resume', '--engine', 'wasm', '--tensorboard', '--out', run];
  ramble(...resume, '--max-steps', '90');
  compare('killed and resumed', run);
  const newest = join(run, eventFiles(run).at(-1));
  truncateSync(newest, readFileSync(newest).length - 7);
  ramble(...resume, '--max-steps', '100');
  compare('resumed after a truncated file', run);
  if (eventFiles(run).length !== 3) throw new Error(`files: expected 3, got ${eventFiles(run)}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function ramble(...words) {
  execFileSync(process.execPath, [program, 'translation', 'train', ...words, '--quiet']);
}

/** Trains, and kills the training when its log has a number of lines. */
async function killAfter(lines, words) {
  const command = [program, 'translation', 'train', ...words];
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'ignore', 'pipe'] });
  const closed = once(child, 'close');
  const errors = [];
  for await (const line of createInterface(child.stderr)) {
    errors.push(line);
    if (logOf(words.at(-1)).length >= lines) child.kill('SIGKILL');
  }
  const [, signal] = await closed;
  if (signal !== 'SIGKILL')
    throw new Error(`train: expected to be killed, got ${errors.join('\n')}`);
}

function eventFiles(run) {
  return readdirSync(run).filter((name) => name.includes('tfevents'));
}

function logOf(run) {
  try {
    const lines = readFileSync(join(run, 'log.jsonl'), 'utf8').split('\n');
    return lines.slice(0, -1).map((line) => JSON.parse(line));
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
}

/** Compares what tensorboard reads with the log. */
function compare(what, run) {
  // It says on standard error what it drops of older files.
  const read = execFileSync(python, ['-c', READER, run], { encoding: 'utf8', stdio: 'pipe' });
  const curves = JSON.parse(read);
  const log = logOf(run);
  let points = 0;
  for (const [name, tag] of Object.entries(TAGS)) {
    const expected = log.flatMap((entry) =>
      name in entry ? [[entry.step, Math.fround(entry[name])]] : [],
    );
    const found = (curves[tag] ?? []).map(([step, value]) => [step, value]);
    // The log is written first: a process that is killed between the two writes leaves one line more in it.
    if (what === 'killed' && found.length === expected.length - 1) expected.pop();
    if (found.length === 0 || JSON.stringify(found) !== JSON.stringify(expected)) {
      throw new Error(
        `${what}, ${tag}: expected ${JSON.stringify(expected.slice(-3))}, got ${JSON.stringify(found.slice(-3))}`,
      );
    }
    for (const [, , seconds] of curves[tag] ?? []) {
      if (seconds >= startSeconds - 60 && seconds <= Date.now() / 1000) continue;
      throw new Error(`${what}, ${tag}: expected times of this training, got ${seconds}`);
    }
    points += found.length;
  }
  const files = eventFiles(run).length;
  console.log(`tensorboard: ${what}: ${points} points of ${log.length} lines, in ${files} files`);
}
