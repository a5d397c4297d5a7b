import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import {
  type InstalledMpi,
  type LaunchedRanks,
  type MarkedProcess,
  markedProcesses,
  startRanks,
  type StartedRanks,
} from '@ramble/node/testing';

/** The built program. */
export const BIN = fileURLToPath(new URL('../../../../apps/ramble/bin/ramble.js', import.meta.url));
/** Environment variable that marks the processes of one training. */
const MARK = 'RAMBLE_ATTACK';

/** Variables in which launchers pass a process its rank. */
const RANK_VARIABLES = ['OMPI_COMM_WORLD_RANK', 'PMI_RANK'];

/** Maximum wait of ranks for one another, in seconds. */
export const TIMEOUT_SECONDS = 10;

/** Two ranks that train, and all processes that belong to them. */
export interface RankTraining extends StartedRanks {
  /** Returns the process id of a rank, once it has started. */
  processOf(rank: number): number | undefined;
  /** Returns ids of the running processes: the launcher, its helpers and the ranks. */
  processes(): number[];
}

/** A small training with runs in a folder, saved after each step. */
export interface SmallTraining {
  /** Starts two ranks with a new run. */
  start(mpi: InstalledMpi, run: string, variables?: Readonly<Record<string, string>>): RankTraining;
  /**
   * Resumes a run in one process, and trains it to its end.
   *
   * @param hostname - Name of the machine on which the run was begun, if it is made up.
   * @throws Error if that fails.
   */
  finish(run: string, hostname?: string): void;
  /** Whether a run exists and its newest model has the given hash. */
  isWhole(run: string, hash: string): Promise<boolean>;
  /** SHA-256 of the newest model of a run and its moments. */
  hashOf(run: string): Promise<string>;
  pathOf(run: string): string;
}

/** Writes training data into a folder, and returns functions that train on it in two ranks or in one process. */
export async function smallTraining(folder: string): Promise<SmallTraining> {
  const pathOf = (name: string): string => join(folder, name);
  await writeBook(pathOf('book.txt'));
  const command = (run: string, ...more: readonly string[]): Command => [
    ...([process.execPath, BIN, 'text', 'train'] as const),
    ...['--out', pathOf(run), '--max-steps', '30', '--quiet'],
    ...more,
  ];
  const newRunCommand = (run: string): Command => [
    ...command(run, '--data', pathOf('book.txt'), '--tokenizer', 'bytes', '--dropout', '0.1'),
    ...['--n-layer', '2', '--n-head', '2', '--n-embd', '16', '--context-length', '16'],
    ...['--batch-size', '2', '--grad-accum-steps', '4'],
    ...['--save-interval', '1', '--eval-interval', '7'],
    ...['--rank-timeout', `${TIMEOUT_SECONDS}`],
  ];
  const own = { RAMBLE_THREADS: '1', RAMBLE_CACHE: pathOf('cache') };
  let trainings = 0;
  return {
    pathOf,
    start: (mpi, run, variables = {}) => {
      const mark = `${process.pid}-${trainings++}-${performance.now()}`;
      const marked = (): MarkedProcess[] => markedProcesses(MARK, mark);
      return {
        ...startRanks(mpi, 2, newRunCommand(run), { ...own, ...variables, [MARK]: mark }),
        processOf: (rank) => marked().find((each) => rankIn(each) === `${rank}`)?.id,
        processes: () => marked().map(({ id }) => id),
      };
    },
    finish: (run, hostname) => {
      const commands = { begin: newRunCommand(run), resume: command(run, '--resume') };
      const on = (words: Command): Command =>
        hostname === undefined ? words : onHost(hostname, words);
      finishTraining(pathOf(run), { begin: on(commands.begin), resume: on(commands.resume) }, own);
    },
    hashOf: (run) => newestHash(pathOf(`${run}/checkpoints`)),
    isWhole: async (run, hash) => {
      const folder = pathOf(`${run}/checkpoints`);
      return existsSync(folder) && (await newestHash(folder)) === hash;
    },
  };
}

/** A program and its words. */
export type Command = [program: string, ...words: string[]];

/**
 * Trains a run to its end in one process: resumes it, or begins it if it was never begun.
 *
 * @param own - Environment variables, which are added to the environment of this process.
 * @throws Error if that fails.
 */
export function finishTraining(
  path: string,
  { begin, resume }: Readonly<Record<'begin' | 'resume', Command>>,
  own: Readonly<Record<string, string>>,
): void {
  const isBegun = existsSync(join(path, 'run.json'));
  if (!isBegun) rmSync(path, { recursive: true, force: true }); // the message of train
  const [program, ...words] = isBegun ? resume : begin;
  const env = { ...process.env, NODE_OPTIONS: '', ...own };
  const { status, stderr } = spawnSync(program, words, { env, encoding: 'utf8' });
  if (status === 0) return;
  const how = isBegun ? 'going on with the run' : 'training anew';
  throw new Error(`${how}: expected status 0, got ${status} and ${JSON.stringify(stderr)}`);
}

/** Writes a text of few words to learn. */
export async function writeBook(path: string): Promise<void> {
  const words = 'the cat sat on the mat, and the dog on the log. '.split(' ');
  const book = Array.from({ length: 2000 }, (_, i) => words[(i * i) % words.length]);
  await writeFile(path, book.join(' '));
}

/** SHA-256 of the newest model in a folder of checkpoints, and of its moments. */
export async function newestHash(checkpoints: string): Promise<string> {
  const steps = (await readdir(checkpoints)).sort();
  const hash = createHash('sha256');
  for (const name of ['model.safetensors', 'training.safetensors']) {
    hash.update(await readFile(join(checkpoints, steps.at(-1) ?? '', name)));
  }
  return hash.digest('hex');
}

/** Returns a command that runs under another host name, which only root on Linux can set. */
function onHost(hostname: string, words: readonly string[]): Command {
  return ['unshare', '--uts', 'sh', '-c', `hostname ${hostname} && exec "$@"`, 'sh', ...words];
}

/** Returns the rank that a launcher gave a process; the launcher's helpers have none. */
function rankIn({ env }: MarkedProcess): string | undefined {
  return Object.entries(env).find(([name]) => RANK_VARIABLES.includes(name))?.[1];
}

/** @returns `undefined` if they have not ended after some seconds. */
export async function endWithin(
  seconds: number,
  { ended }: RankTraining,
): Promise<LaunchedRanks | undefined> {
  const giveUp = new AbortController();
  const limit = setTimeout(1000 * seconds, undefined, { signal: giveUp.signal });
  try {
    return await Promise.race([ended, limit.catch(() => undefined)]);
  } finally {
    giveUp.abort();
  }
}
