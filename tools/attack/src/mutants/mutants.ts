import type { Attack, AttackSetup, Attempt } from '../attack.js';
import { attemptsOf } from '../lots.js';
import { CASES, makeFiles, type MutantKind, NUMBER_CASES } from './cases.js';

const program = new URL('try-mutants.ts', import.meta.url);

/** Small real files of every kind that ramble reads, changed at random, and read by a command. */
export const mutants: Attack = {
  name: 'mutants',
  promise:
    'A changed file is read, or refused in one short line that names it: no crash, no hang, no stack trace.',
  tries: { small: CASES.length, full: 5000 },
  attempts: (setup) => attempts(setup, 'mutants'),
};

/** Real files with one number replaced by a huge one: sizes of models, ids of tokens, steps of trainings. */
export const hugeNumbers: Attack = {
  name: 'huge numbers',
  promise:
    'A file with a huge number is read, or refused in one short line that names it, before memory is taken for it.',
  tries: { small: NUMBER_CASES.length, full: 1500 },
  attempts: (setup) => attempts(setup, 'numbers'),
};

async function* attempts(setup: AttackSetup, kind: MutantKind): AsyncGenerator<Attempt> {
  await makeFiles(setup.folder);
  yield* attemptsOf(program, setup, kind);
}
