import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

import { randomAt } from '@ramble/core';

import type { Attack, AttackSetup, Attempt } from './attack.js';
import { attempt, expectSame } from './attempt.js';
import { BIN, type Command, finishTraining, newestHash, writeBook } from './ranks/rank-training.js';

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
  const own = { RAMBLE_CACHE: pathOf('cache') };
  const commandOf = (run: string, ...more: readonly string[]): Command => [
    ...([process.execPath, BIN, 'text', 'train'] as const),
    ...['--out', pathOf(run), '--quiet', ...more],
  ];
  const finish = (run: string, begin: Command): void =>
    finishTraining(pathOf(run), { begin, resume: commandOf(run, '--resume') }, own);
  const data = ['--data', pathOf('book.txt')];
  const shape = ['--tokenizer', 'bytes', '--n-layer', '2', '--n-embd', '16', '--n-head', '2'];
  const tune = (run: string): Command =>
    commandOf(
      ...[run, ...data, '--init-from', pathOf('base'), '--max-steps', '60'],
      ...['--lora-rank', '4', '--lora-dropout', '0.1', '--batch-size', '2', '--seed', '3'],
      ...['--save-interval', '1', '--eval-interval', '7'],
    );

  await writeBook(pathOf('book.txt'));
  finish(
    'base',
    commandOf('base', ...data, ...shape, '--context-length', '16', '--max-steps', '5'),
  );
  const began = performance.now();
  finish('whole', tune('whole'));
  const wholeMs = performance.now() - began;
  const expected = await newestHash(pathOf('whole/checkpoints'));

  for (let kill = 0; kill < tries; kill++) {
    const run = `run-${kill}`;
    const [program, ...words] = tune(run);
    const env = { ...process.env, NODE_OPTIONS: '', ...own };
    const child = spawn(program, words, { env, stdio: 'ignore' });
    const milliseconds = wholeMs * (0.3 + 0.7 * random.uniform(kill)); // before, the program starts
    await Promise.race([setTimeout(milliseconds), once(child, 'exit')]);
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    yield await attempt(`killed after ${milliseconds.toFixed(0)} ms`, async () => {
      finish(run, tune(run));
      expectSame('its checkpoint', await newestHash(pathOf(`${run}/checkpoints`)), expected);
    });
  }
}
