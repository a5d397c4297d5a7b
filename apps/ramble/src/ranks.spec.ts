import { existsSync } from 'node:fs';

import {
  ABSENT,
  installedMpis,
  type InstalledMpi,
  type LaunchedRanks,
  launchRanks,
  startRanks,
} from '@ramble/node/testing';

import { type SmallTraining, smallTraining } from '../test/small-training.js';
import { BIN, startRamble } from '../test/start-ramble.js';

const MPIS = installedMpis();
const describeRanks = MPIS.length > 0 ? describe : describe.skip;

let training: SmallTraining;
const at: SmallTraining['at'] = (name) => training.at(name);
const trained: SmallTraining['trained'] = (out, steps) => training.trained(out, steps);
const resumed: SmallTraining['resumed'] = (out, steps) => training.resumed(out, steps);
const hashOf: SmallTraining['hashOf'] = (out) => training.hashOf(out);

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

beforeAll(async () => {
  training = await smallTraining();
  await startRamble(trained('alone', 20), { cacheFolder: at('cache') });
});
afterAll(() => training.remove());

describeRanks('train under a launcher of MPI', () => {
  it.each(MPIS.map((mpi) => [mpi.name, mpi] as const))(
    'produces the bytes of one process on 4 ranks: %s',
    async (name, mpi) => {
      const { status, stderr } = await onRanks(mpi, 4, trained(name, 20));
      expect([status, stderr]).toEqual([0, '']);
      expect(await hashOf(name)).toBe(await hashOf('alone'));
    },
  );

  it.each(MPIS.map((mpi) => [mpi.name, mpi] as const))(
    'writes the weights of one process if ranks shard the optimizer, from 2 ranks to 4: %s',
    async (name, mpi) => {
      const out = `sharded-${name}`;
      for (const [count, words] of [
        [2, trained(out, 8)],
        [4, resumed(out, 20)],
      ] as const) {
        const { status, stderr } = await onRanks(mpi, count, [...words, '--shard-optimizer']);
        expect([status, stderr]).toEqual([0, '']);
      }
      expect(await hashOf(out)).toBe(await hashOf('alone'));
    },
  );

  const [mpi = ABSENT] = MPIS;

  it.each([
    [
      'that is not there',
      '/nowhere/libmpi.so',
      'RAMBLE_MPI: expected a library of MPI, got /nowhere',
    ],
    ['of no MPI', BIN, 'RAMBLE_MPI: expected a library of MPI, got '],
  ])('reports a library %s once, and writes no run', async (_, library, message) => {
    const { status, stderr } = await onRanks(mpi, 2, trained('no-mpi', 20), {
      RAMBLE_MPI: library,
    });
    expect(status).not.toBe(0);
    const errorLines = stderr.split('\n').filter((line) => line.startsWith('error:'));
    expect(errorLines).toEqual([expect.stringContaining(message)]);
    expect(existsSync(at('no-mpi'))).toBe(false);
  });

  it('reports a wrong flag once', async () => {
    const { status, stderr } = await onRanks(mpi, 2, [...trained('wrong', 20), '--dropout', '2']);
    expect(status).toBe(2);
    expect(stderr.split('\n').filter((line) => line.startsWith('error:'))).toHaveLength(1);
  });

  it('ends all ranks if one waits longer than --rank-timeout', async () => {
    const words = [...trained('slow', 20), '--rank-timeout', '0.001'];
    const command = [process.execPath, BIN, ...words];
    const { launcher, ended } = startRanks(mpi, 2, command, { RAMBLE_THREADS: '1' });
    // The launcher of Open MPI 5 can lock itself out (PMIx_server_finalize) if a rank ends while another connects.
    const limit = setTimeout(() => launcher.kill('SIGKILL'), 120_000);
    const { status, stderr } = await ended;
    clearTimeout(limit);
    expect(status).not.toBe(0);
    expect(stderr).toMatch(
      /^ranks( \([a-z ]+\d*\))?: expected \w+ within 0\.001 s, got no answer/m,
    );
  });

  it('reports a missing file once', async () => {
    const words = trained('no-data', 20).map((word) => word.replace('book.txt', 'none.txt'));
    const { status, stderr } = await onRanks(mpi, 2, words);
    expect(status).not.toBe(0);
    expect(stderr.split('\n').filter((line) => line.startsWith('error:'))).toHaveLength(1);
  });
});
