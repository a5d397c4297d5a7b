import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';

import { ABSENT, installedMpis, type InstalledMpi } from '@ramble/node-testing';

import { type SmallTraining, smallTraining } from '../test/small-training.js';
import { type Ended, type StartOptions, startRamble } from '../test/start-ramble.js';

const MPIS = installedMpis();
const describeRanks = MPIS.length > 0 ? describe : describe.skip;
const [FIRST = ABSENT] = MPIS;
const byName = MPIS.map((mpi) => [mpi.name, mpi] as const);

let training: SmallTraining;

/** Starts the program with the launcher of an MPI first on the path. */
function withMpi(
  { launcher, env }: InstalledMpi,
  words: readonly string[],
  options: StartOptions = {},
): Promise<Ended> {
  const path = `${dirname(launcher)}:${process.env.PATH ?? ''}`;
  return startRamble(words, {
    cacheFolder: training.at('cache'),
    ...options,
    env: { ...env, PATH: path },
  });
}

const errorsIn = ({ stderr }: Ended): string[] =>
  stderr.split('\n').filter((line) => line.includes('error:'));

/** Kills rank 1 of those that train a run, as a machine without memory does. */
function killRank(run: string): void {
  for (const id of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const read = (name: string): string => readFileSync(`/proc/${id}/${name}`, 'latin1');
      const isRank = /(OMPI_COMM_WORLD|PMI)_RANK=1\0/.test(read('environ'));
      if (isRank && read('cmdline').includes(run)) process.kill(Number(id), 'SIGKILL');
    } catch {
      // It has ended meanwhile, or is another user's.
    }
  }
}

beforeAll(async () => {
  training = await smallTraining();
  await startRamble(training.trained('alone', 20), { cacheFolder: training.at('cache') });
});
afterAll(() => training.remove());

describeRanks('train --ranks', () => {
  it.each(byName)('starts ranks that come to the bytes of one process: %s', async (name, mpi) => {
    const words = [...training.trained(name, 20), '--ranks', '2'];
    const { status, stderr } = await withMpi(mpi, words);
    expect([status, stderr]).toEqual([0, '']);
    expect(await training.hashOf(name)).toBe(await training.hashOf('alone'));
  });

  it.each(byName)('saves at Ctrl-C, and goes on from there: %s', async (name, mpi) => {
    const out = `${name}-stopped`;
    const loud = [...training.trained(out, 20_000), '--ranks', '2', '--log-interval', '1'];
    const words = loud.filter((word) => word !== '--quiet');
    const stopped = await withMpi(mpi, words, {
      onLine: (line, child) => {
        if (line.includes('step 2/')) child.kill('SIGINT');
      },
    });
    expect([stopped.status, errorsIn(stopped)]).toEqual([130, []]);
    expect(stopped.stderr.match(/stopped after step \d+, which is saved/g)).toHaveLength(1);
    const [step] = /\d+/.exec(stopped.stderr.split('stopped after step ')[1]) ?? [];
    const steps = `${Number(step) + 3}`;
    const { status } = await withMpi(mpi, [
      ...training.resumed(out, Number(steps)),
      '--ranks',
      '2',
    ]);
    expect(status).toBe(0);
    const names = readdirSync(training.at(`${out}/checkpoints`)).sort();
    expect(Number(names.at(-1))).toBe(Number(steps));
  });

  it.each(byName)('says in one line that a host is not there: %s', async (name, mpi) => {
    const words = [...training.trained('nowhere', 20), '--hosts', 'nowhere.invalid'];
    const ended = await withMpi(mpi, words);
    expect(ended.status).not.toBe(0);
    expect(ended.stderr.trim().split('\n')).toEqual([
      expect.stringMatching(/^error: --ranks: expected \S+ to end well, got status \d+: .*nowhere/),
    ]);
    expect(existsSync(training.at('nowhere'))).toBe(false);
  });

  it.each([
    ['more ranks than micro-batches', ['--ranks', '5'], 1, 'ranks: expected at most 4'],
    [
      'more ranks than its hosts take',
      ['--ranks', '3', '--hosts', 'a,b'],
      2,
      'at most 2, those of --hosts',
    ],
    ['hosts that are no names', ['--hosts', 'a,-b'], 2, '--hosts: expected names of machines'],
    ['no ranks', ['--ranks', '0'], 2, '--ranks: expected an integer'],
    ['settings out of range', ['--ranks', '2', '--dropout', '2'], 2, '--dropout: expected'],
    [
      'a corpus that comes by standard input',
      ['--ranks', '2', '--data', '-'],
      2,
      '--data: expected files',
    ],
  ])('tells %s in one line, and writes no run', async (name, words, expected, message) => {
    const ended = await withMpi(FIRST, [...training.trained('refused', 20), ...words], {
      stdin: 'a text that is here',
    });
    expect(ended.stderr.trim().split('\n')).toEqual([expect.stringContaining(message)]);
    expect(ended.status).toBe(expected);
    expect(existsSync(training.at('refused/run.json'))).toBe(false);
  });

  it('tells that a rank was killed', async () => {
    const words = [...training.trained('killed', 20_000), '--ranks', '2', '--log-interval', '1'];
    const ended = await withMpi(
      FIRST,
      words.filter((word) => word !== '--quiet'),
      {
        onLine: (line) => {
          if (line.includes('step 2/')) killRank(training.at('killed'));
        },
      },
    );
    expect(ended.status).not.toBe(0);
    expect(errorsIn(ended)).toEqual([
      expect.stringMatching(
        /^error: --ranks: expected \S+ to end well, got status \d+: .*(9|Killed)/,
      ),
    ]);
  });

  it('needs a launcher', async () => {
    await mkdir(training.at('empty'), { recursive: true });
    const { status, stderr } = await startRamble(
      [...training.trained('none', 20), '--ranks', '2'],
      {
        env: { PATH: training.at('empty') },
      },
    );
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^error: MPI: expected mpirun or mpiexec .* on the path, got none; .*\n$/,
    );
  });
});
