import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  ABSENT,
  installedMpis,
  type InstalledMpi,
  type LaunchedRanks,
  launchRanks,
} from '@ramble/node-testing';

import { BIN, startRamble } from '../test/start-ramble.js';

const MPIS = installedMpis();
const describeRanks = MPIS.length > 0 ? describe : describe.skip;

let folder: string;
const at = (name: string): string => join(folder, name);
const SIZE = ['--n-layer', '2', '--n-head', '2', '--n-embd', '16', '--context-length', '16'];
const RECIPE = ['--batch-size', '2', '--grad-accum-steps', '4', '--dropout', '0.1', '--quiet'];
const trained = (out: string, steps: number): string[] => [
  ...['text', 'train', '--data', at('book.txt'), '--tokenizer', 'bytes', '--out', at(out)],
  ...['--max-steps', `${steps}`, '--eval-interval', '10', ...SIZE, ...RECIPE],
];
const resumed = (out: string, steps: number): string[] => [
  ...['text', 'train', '--resume', '--out', at(out), '--max-steps', `${steps}`, '--quiet'],
];

/** Starts the program as several ranks of this machine. */
function onRanks(
  mpi: InstalledMpi,
  count: number,
  words: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<LaunchedRanks> {
  const own = { RAMBLE_THREADS: '1', ...variables };
  return launchRanks(mpi, count, [process.execPath, BIN, ...words], own);
}

/** SHA-256 of the newest model and of its training. */
async function hashOf(run: string): Promise<string> {
  const steps = (await readdir(at(`${run}/checkpoints`))).sort();
  const hash = createHash('sha256');
  for (const name of ['model.safetensors', 'training.safetensors']) {
    hash.update(await readFile(at(`${run}/checkpoints/${steps.at(-1)}/${name}`)));
  }
  return hash.digest('hex');
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-ranks-'));
  const words = 'the cat sat on the mat, and the dog on the log. '.split(' ');
  const book = Array.from({ length: 2000 }, (_, i) => words[(i * i) % words.length]);
  await writeFile(at('book.txt'), book.join(' '));
  await startRamble(trained('alone', 20), { cacheFolder: at('cache') });
});
afterAll(() => rm(folder, { recursive: true }));

describeRanks('train under a launcher of MPI', () => {
  it.each(MPIS.map((mpi) => [mpi.name, mpi] as const))(
    'comes to the bytes of one process on 2 and on 4 ranks: %s',
    async (name, mpi) => {
      const expected = await hashOf('alone');
      for (const count of [2, 4]) {
        const out = `${name}-${count}`;
        const { status, stderr } = await onRanks(mpi, count, trained(out, 20));
        expect([status, stderr]).toEqual([0, '']);
        expect(await hashOf(out)).toBe(expected);
      }
    },
  );

  const [mpi = ABSENT] = MPIS;

  it('goes on with other numbers of ranks, and alone', async () => {
    await onRanks(mpi, 2, trained('resumed', 8));
    await onRanks(mpi, 4, resumed('resumed', 14));
    await startRamble(resumed('resumed', 20), { cacheFolder: at('cache') });
    expect(await hashOf('resumed')).toBe(await hashOf('alone'));
  });

  it('refuses more ranks than micro-batches in one line, and writes no run', async () => {
    const { status, stderr } = await onRanks(mpi, 5, trained('too-many', 20));
    expect(status).not.toBe(0);
    expect(stderr.split('\n').filter((line) => line.startsWith('error:'))).toEqual([
      'error: ranks: expected at most 4, the micro-batches of an update (gradAccumSteps), got 5',
    ]);
    expect(existsSync(at('too-many/run.json'))).toBe(false);
  });

  it.each([
    [
      'that is not there',
      '/nowhere/libmpi.so',
      'RAMBLE_MPI: expected a library of MPI, got /nowhere',
    ],
    ['of no MPI', BIN, 'RAMBLE_MPI: expected a library of MPI, got '],
  ])('tells a library %s once, and writes no run', async (_, library, message) => {
    const { status, stderr } = await onRanks(mpi, 2, trained('no-mpi', 20), {
      RAMBLE_MPI: library,
    });
    expect(status).not.toBe(0);
    const told = stderr.split('\n').filter((line) => line.startsWith('error:'));
    expect(told).toEqual([expect.stringContaining(message)]);
    expect(existsSync(at('no-mpi'))).toBe(false);
  });

  it('ends all where a rank waits longer than it may', async () => {
    const words = [...trained('slow', 20), '--rank-timeout', '0.001'];
    const { status, stderr } = await onRanks(mpi, 2, words);
    expect(status).not.toBe(0);
    expect(stderr).toMatch(
      /^ranks( \([a-z ]+\d*\))?: expected \w+ within 0\.001 s, got no answer/m,
    );
  });

  it('tells a file that is missing once', async () => {
    const words = trained('no-data', 20).map((word) => word.replace('book.txt', 'none.txt'));
    const { status, stderr } = await onRanks(mpi, 2, words);
    expect(status).not.toBe(0);
    expect(stderr.split('\n').filter((line) => line.startsWith('error:'))).toHaveLength(1);
  });
});
