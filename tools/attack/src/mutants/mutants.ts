import { createInterface } from 'node:readline';

import { spawnTypescript } from '@ramble/node-testing';

import type { Attack, AttackSetup, Attempt } from '../attack.js';
import { makeFiles } from './cases.js';

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
  attempts,
};

async function* attempts({ tries, seed, folder }: AttackSetup): AsyncGenerator<Attempt> {
  await makeFiles(folder);
  for (let next = 0; next < tries;) {
    for await (const attempt of tryLot(folder, seed, next, Math.min(tries, next + LOT))) {
      next++;
      yield attempt;
    }
  }
}

/** Mutants of one process: up to the last, or to one that ends or stops it. */
async function* tryLot(
  folder: string,
  seed: number,
  first: number,
  end: number,
): AsyncGenerator<Attempt> {
  const child = spawnTypescript(program, folder, `${seed}`, `${first}`, `${end}`);
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
