import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { randomAt } from '@ramble/core';

import type { Attack, AttackSetup, Attempt } from './attack.js';
import { attempt, expectSame } from './attempt.js';
import { newestHash } from './ranks/rank-training.js';

const BIN = fileURLToPath(new URL('../../../apps/ramble/bin/ramble.js', import.meta.url));
const STEPS = 60;

/** A training of adapters that is killed at a random moment, and resumed. */
export const killedTunings: Attack = {
  name: 'killed tunings',
  promise: 'Adapters with dropout go on to the same bytes, and so do their moments.',
  tries: { small: 2, full: 20 },
  attempts,
};

async function* attempts({ tries, seed, folder }: AttackSetup): AsyncGenerator<Attempt> {
  const random = randomAt({ seed, purpose: 'sample', step: 0 });
  const pathOf = (name: string): string => join(folder, name);
  const env = { ...process.env, NODE_OPTIONS: '', RAMBLE_CACHE: pathOf('cache') };
  const commandOf = (run: string, ...more: readonly string[]): string[] => [
    ...[BIN, 'text', 'train', '--out', pathOf(run), '--quiet', ...more],
  ];
  const data = ['--data', pathOf('book.txt')];
  const shape = ['--tokenizer', 'bytes', '--n-layer', '2', '--n-embd', '16', '--n-head', '2'];
  const tune = (run: string): string[] =>
    commandOf(
      ...[run, ...data, '--init-from', pathOf('base'), '--max-steps', `${STEPS}`],
      ...['--lora-rank', '4', '--lora-dropout', '0.1', '--batch-size', '2', '--seed', '3'],
      ...['--save-interval', '1', '--eval-interval', '7'],
    );
  const finish = (words: readonly string[]): void => {
    const { status, stderr } = spawnSync(process.execPath, words, { env, encoding: 'utf8' });
    if (status !== 0) throw new Error(`expected status 0, got ${status} and ${stderr}`);
  };

  const words = 'the cat sat on the mat, and the dog on the log. '.split(' ');
  const book = Array.from({ length: 2000 }, (_, i) => words[(i * i) % words.length]);
  await writeFile(pathOf('book.txt'), book.join(' '));
  finish(commandOf('base', ...data, ...shape, '--context-length', '16', '--max-steps', '5'));
  const began = performance.now();
  finish(tune('whole'));
  const wholeMs = performance.now() - began;
  const expected = await newestHash(pathOf('whole/checkpoints'));

  for (let kill = 0; kill < tries; kill++) {
    const run = `run-${kill}`;
    const child = spawn(process.execPath, tune(run), { env, stdio: 'ignore' });
    const milliseconds = wholeMs * (0.3 + 0.7 * random.uniform(kill)); // before, the program starts
    await Promise.race([setTimeout(milliseconds), once(child, 'exit')]);
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    const isBegun = existsSync(pathOf(`${run}/run.json`));
    yield await attempt(`killed after ${milliseconds.toFixed(0)} ms`, async () => {
      if (!isBegun) rmSync(pathOf(run), { recursive: true, force: true }); // the message of train
      finish(isBegun ? commandOf(run, '--resume') : tune(run));
      expectSame('its checkpoint', await newestHash(pathOf(`${run}/checkpoints`)), expected);
    });
  }
}
