import { createInterface } from 'node:readline';

import { spawnTypescript } from '@ramble/node-testing';

import type { Attack, AttackSetup, Attempt } from '../attack.js';
import { makeFiles, type MutantKind } from './cases.js';

const program = new URL('try-mutants.ts', import.meta.url);
/** Without a word from the process that reads mutants: it hangs. */
const SILENCE_MS = 60_000;
/** Mutants a process, whose memory is measured. */
const LOT = 500;

/** Small real files of every kind that ramble reads, changed at random, and read by a command. */
export const mutants: Attack = {
  name: 'mutants',
  promise:
    'A changed file is read, or refused in one short line that names it: no crash, no hang, no stack trace.',
  tries: { small: 100, full: 5000 },
  attempts: (setup) => attempts(setup, 'mutants'),
};

/** Real files with one number replaced by a huge one: sizes of models, ids of tokens, steps of trainings. */
export const hugeNumbers: Attack = {
  name: 'huge numbers',
  promise:
    'A file with a huge number is read, or refused in one short line that names it, before memory is taken for it.',
  tries: { small: 60, full: 1500 },
  attempts: (setup) => attempts(setup, 'numbers'),
};

async function* attempts(
  { tries, seed, folder }: AttackSetup,
  kind: MutantKind,
): AsyncGenerator<Attempt> {
  await makeFiles(folder);
  for (let next = 0; next < tries;) {
    const lot = [`${seed}`, `${next}`, `${Math.min(tries, next + LOT)}`, kind];
    for await (const attempt of tryLot(folder, lot)) {
      next++;
      yield attempt;
    }
  }
}

/** Mutants of one process: up to the last, or to one that ends or stops it. */
async function* tryLot(folder: string, lot: readonly string[]): AsyncGenerator<Attempt> {
  const child = spawnTypescript(program, folder, ...lot);
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
    const said = (await errors).join('').slice(-500);
    yield { what: begun, broken: `expected the process to go on, got its end: ${said}` };
  } else if (child.exitCode !== 0 && child.exitCode !== null) {
    throw new Error(`try-mutants: ${(await errors).join('').slice(-2000)}`);
  }
}
