import { existsSync, readdirSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';

import { ABSENT, installedMpis, type InstalledMpi, markedProcesses } from '@ramble/node/testing';

import { runHere } from '../test/run-here.js';
import { type SmallTraining, smallTraining } from '../test/small-training.js';
import { type Ended, type StartOptions, startRamble } from '../test/start-ramble.js';

const MPIS = installedMpis();
const describeRanks = MPIS.length > 0 ? describe : describe.skip;
const [FIRST = ABSENT] = MPIS;
const byName = MPIS.map((mpi) => [mpi.name, mpi] as const);

/** Environment variable that marks the processes of one run. */
const MARK = 'RAMBLE_TEST_RUN';

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
    // Launchers that run at the same time need separate folders (startRanks).
    env: {
      ...env,
      ...{ PATH: path, TMPDIR: training.at('launcher') },
      [MARK]: words[words.indexOf('--out') + 1],
    },
  });
}

const errorsIn = ({ stderr }: Ended): string[] =>
  stderr.split('\n').filter((line) => line.includes('error:'));

/** Kills one of the ranks that train a run, as a machine does that runs out of memory. */
function killRank(run: string, rank: number): void {
  for (const { id, env } of markedProcesses(MARK, run)) {
    const ranks = [env.OMPI_COMM_WORLD_RANK, env.PMI_RANK]; // of Open MPI, of Hydra
    if (ranks.includes(`${rank}`)) process.kill(id, 'SIGKILL');
  }
}

beforeAll(async () => {
  training = await smallTraining();
  await mkdir(training.at('launcher'));
  await startRamble(training.trained('alone', 20), { cacheFolder: training.at('cache') });
});
afterAll(() => training.remove());

describe('train --ranks, which starts no ranks', () => {
  it.each([
    [
      'more ranks than its hosts take',
      ['--ranks', '3', '--hosts', 'a,b'],
      'at most 2, those of --hosts',
    ],
    ['hosts that are no names', ['--hosts', 'a,-b'], '--hosts: expected names of machines'],
    ['no ranks', ['--ranks', '0'], '--ranks: expected an integer'],
    ['settings out of range', ['--ranks', '2', '--dropout', '2'], '--dropout: expected'],
    [
      'a corpus that comes by standard input',
      ['--ranks', '2', '--data', '-'],
      '--data: expected files',
    ],
  ])('refuses %s in one line, and writes no run', async (_, words, message) => {
    const { status, stderr } = await runHere([...training.trained('refused', 20), ...words], {
      stdin: 'a text that is here',
      launchRanks: () => Promise.reject(new Error('ranks: expected none, got some')),
    });
    expect(stderr.trim().split('\n')).toEqual([expect.stringContaining(message)]);
    expect(status).toBe(2);
    expect(existsSync(training.at('refused/run.json'))).toBe(false);
  });
});

describeRanks('train --ranks', () => {
  it.each(byName)('starts ranks that produce the bytes of one process: %s', async (name, mpi) => {
    const words = [...training.trained(name, 20), '--ranks', '2'];
    const { status, stderr } = await withMpi(mpi, words);
    expect([status, stderr]).toEqual([0, '']);
    expect(await training.hashOf(name)).toBe(await training.hashOf('alone'));
  });

  it.each(byName)('saves at Ctrl-C, and resumes from there: %s', async (name, mpi) => {
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

  it.each(byName)('reports an unknown host in one line: %s', async (name, mpi) => {
    const words = [...training.trained('nowhere', 20), '--hosts', 'nowhere.invalid'];
    const ended = await withMpi(mpi, words);
    expect(ended.status).not.toBe(0);
    expect(ended.stderr.trim().split('\n')).toEqual([
      expect.stringMatching(/^error: --ranks: expected \S+ to end well, got status \d+: .*nowhere/),
    ]);
    expect(existsSync(training.at('nowhere'))).toBe(false);
  });

  it('reports that a rank was killed', async () => {
    const words = [...training.trained('killed', 20_000), '--ranks', '2', '--log-interval', '1'];
    const ended = await withMpi(
      FIRST,
      words.filter((word) => word !== '--quiet'),
      {
        onLine: (line) => {
          if (line.includes('step 2/')) killRank(training.at('killed'), 1);
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

  const open5 = MPIS.find(({ name }) => name.startsWith('openmpi-5')) ?? ABSENT;
  const itRecovers = open5 === ABSENT ? it.skip : it;

  itRecovers.each([
    [1, 0, /^warning: 1 of 3 ranks ended; 2 go on$/m],
    [0, 1, /^error: ranks: expected the first one to go on, which has the run, got its end; /m],
  ])('--survive goes on without a rank, but for the first: %i', async (rank, expected, message) => {
    const out = `survived-${rank}`;
    const words = training.trained(out, 200).filter((word) => word !== '--quiet');
    const ended = await withMpi(
      open5,
      [...words, '--ranks', '3', '--survive', '--log-interval', '1'],
      {
        onLine: (line) => {
          if (line.startsWith('step 2/')) killRank(training.at(out), rank);
        },
      },
    );
    expect(ended.status).toBe(expected);
    // Open MPI may forward a NUL byte from the pipe of a rank that was killed.
    expect(ended.stderr.replaceAll('\0', '')).toMatch(message);
    const names = readdirSync(training.at(`${out}/checkpoints`)).sort();
    expect(names.includes('00000200')).toBe(expected === 0);
  });

  const another = MPIS.find((mpi) => mpi !== open5) ?? ABSENT;

  (another === ABSENT ? it.skip : it)('refuses --survive under another MPI', async () => {
    const words = [...training.trained('refused', 20), '--ranks', '2', '--survive', '--json'];
    const { status, stderr } = await withMpi(another, words);
    expect([status, stderr.trim().split('\n')]).toEqual([
      1,
      [expect.stringContaining('--survive: expected mpirun of Open MPI 5')],
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
