import { createInterface } from 'node:readline';

import { spawnTypescript } from '@ramble/node/testing';

import type { AttackSetup, Attempt } from './attack.js';

/** Maximum silence of the process that makes attempts; after that it counts as hanging. */
const SILENCE_MS = 60_000;
/** Number of attempts in one process. */
const LOT = 500;

/**
 * Makes attempts in child processes, `LOT` in each. An attempt that hangs or crashes its process is reported as broken.
 *
 * @param program - Script that makes attempts FIRST to END - 1. Its arguments are FOLDER SEED FIRST END and `more`. It
 *   prints a line `{"begin": TEXT}` before each attempt, and an {@link Attempt} as JSON after it.
 */
export async function* attemptsOf(
  program: URL,
  { tries, seed, folder }: AttackSetup,
  ...more: readonly string[]
): AsyncGenerator<Attempt> {
  for (let next = 0; next < tries;) {
    const words = [folder, seed, next, Math.min(tries, next + LOT)].map(String);
    for await (const attempt of tryLot(program, [...words, ...more])) {
      next++;
      yield attempt;
    }
  }
}

/** Makes the attempts of one child process, until the last one, or one that hangs or crashes it. */
async function* tryLot(program: URL, words: readonly string[]): AsyncGenerator<Attempt> {
  const child = spawnTypescript(program, ...words);
  const errors = child.stderr.setEncoding('utf8').toArray();
  let begun: string | undefined;
  const silence = new AbortController();
  const stop = (): void => {
    silence.abort();
    child.kill('SIGKILL');
  };
  let timer = setTimeout(stop, SILENCE_MS);
  for await (const line of createInterface({ input: child.stdout })) {
    clearTimeout(timer);
    timer = setTimeout(stop, SILENCE_MS);
    const { begin, what, broken } = JSON.parse(line) as Partial<Attempt> & { begin?: string };
    begun = begin;
    if (what !== undefined) yield { what, ...(broken !== undefined && { broken }) };
  }
  clearTimeout(timer);
  if (silence.signal.aborted)
    yield { what: begun ?? 'the start', broken: `silent for ${SILENCE_MS} ms` };
  else if (begun !== undefined) {
    const errorTail = (await errors).join('').slice(-500);
    yield { what: begun, broken: `expected the process to go on, got its end: ${errorTail}` };
  } else if (child.exitCode !== 0 && child.exitCode !== null) {
    throw new Error(`${program.pathname}: ${(await errors).join('').slice(-2000)}`);
  }
}
