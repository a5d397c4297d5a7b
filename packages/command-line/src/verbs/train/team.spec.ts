import { inMemoryRanks } from '@ramble/parallel';

import { LaunchedError } from '../../verb/exit-errors.js';
import type { Io } from '../../verb/io.js';
import { launchTraining } from './team.js';
import { flagsOnRank } from './together.js';
import type { TrainFlags } from './train-flags.js';

type Launch = Parameters<Required<Io>['launchRanks']>[0];

/** Ranks that write some lines and end. */
function fakeRanks(status: number, lines: readonly string[] = [], complaint = '') {
  const launches: Omit<Launch, 'onLine'>[] = [];
  const written: Record<'stdout' | 'stderr', string> = { stdout: '', stderr: '' };
  const sink = (name: 'stdout' | 'stderr') => ({
    isTerminal: false,
    hasColour: false,
    write: (text: string | Uint8Array) => {
      written[name] += String(text);
      return Promise.resolve();
    },
  });
  const io = {
    stdout: sink('stdout'),
    stderr: sink('stderr'),
    launchRanks: ({ onLine, ...launch }: Launch) => {
      launches.push(launch);
      for (const line of lines) onLine(line, line.startsWith('{') ? 'stdout' : 'stderr');
      return Promise.resolve({ status, launcher: 'mpirun', complaint });
    },
  } as unknown as Io; // all that is used of it
  return { io, launches, written };
}

const flagsOf = (flags: Partial<TrainFlags>): TrainFlags =>
  ({ survive: false, ...flags }) as TrainFlags; // all that is read

describe('launchTraining', () => {
  it.each([
    [{}, []],
    [{ ranks: 1 }, []],
    [{ ranks: 3 }, [{ count: 3, hosts: [] }]],
    [{ hosts: 'a' }, [{ count: 1, hosts: [{ name: 'a', slots: 1 }] }]],
    [
      { hosts: 'a.b,c-d:2' },
      [
        {
          count: 3,
          hosts: [
            { name: 'a.b', slots: 1 },
            { name: 'c-d', slots: 2 },
          ],
        },
      ],
    ],
    [{ ranks: 2, hosts: 'a:4' }, [{ count: 2, hosts: [{ name: 'a', slots: 4 }] }]],
  ])('starts the ranks that %j requests', async (flags, expected) => {
    const { io, launches } = fakeRanks(0);
    expect(await launchTraining({ io, flags: flagsOf(flags) })).toBe(expected.length > 0);
    expect(launches).toEqual(expected.map((launch) => ({ ...launch, survive: false })));
  });

  it.each<[Partial<TrainFlags>, string]>([
    [{ ranks: 3, hosts: 'a,b' }, '--ranks: expected at most 2, those of --hosts, got 3'],
    [{ hosts: '' }, '--hosts: expected names of machines such as a,b:2, got '],
    [{ hosts: 'a,' }, '--hosts: expected names of machines such as a,b:2, got a,'],
    [{ hosts: '-x' }, '--hosts: expected names of machines such as a,b:2, got -x'],
    [{ hosts: 'a:0' }, '--hosts: expected names of machines such as a,b:2, got a:0'],
    [{ hosts: 'a:1:2' }, '--hosts: expected names of machines such as a,b:2, got a:1:2'],
    [{ ranks: 2, data: ['-'] }, '--data: expected files that all ranks read, got -'],
  ])('refuses %j', async (flags, message) => {
    const { io, launches } = fakeRanks(0);
    await expect(launchTraining({ io, flags: flagsOf(flags) })).rejects.toThrow(message);
    expect(launches).toEqual([]);
  });

  it('passes on the output of ranks', async () => {
    const { io, written } = fakeRanks(0, ['step 1', '{"loss":1}']);
    await launchTraining({ io, flags: flagsOf({ ranks: 2 }) });
    expect(written).toEqual({ stdout: '{"loss":1}\n', stderr: 'step 1\n' });
  });

  it.each([
    [1, ['error: a: expected b']],
    [1, ['\u001b[31merror:\u001b[39m a: expected b']],
    [1, ['ranks: expected sum within 2 s']],
    [1, ['ranks (step 41): expected sum within 2 s']],
    [130, ['stopped after step 2']],
  ])('ends silently with status %i after %j', async (status, lines) => {
    const { io } = fakeRanks(status, lines, 'a rank has failed');
    const end = launchTraining({ io, flags: flagsOf({ ranks: 2 }) });
    await expect(end).rejects.toEqual(new LaunchedError(status));
  });

  it('does not believe a launcher that ends well after an error of a rank', async () => {
    const lines = ['ranks (step 41): expected sum within 2 s'];
    const start = (survive: boolean): Promise<boolean> =>
      launchTraining({ io: fakeRanks(0, lines).io, flags: flagsOf({ ranks: 2, survive }) });
    await expect(start(false)).rejects.toEqual(new LaunchedError(1));
    expect(await start(true)).toBe(true);
  });

  it.each([
    ['killed by signal 9', 'got status 137: killed by signal 9'],
    ['', 'got status 137'],
  ])('reports an error that no rank has reported: %j', async (complaint, message) => {
    const { io } = fakeRanks(137, ['step 1'], complaint);
    await expect(launchTraining({ io, flags: flagsOf({ ranks: 2 }) })).rejects.toThrow(
      new Error(`--ranks: expected mpirun to end well, ${message}`),
    );
  });
});

describe('flagsOnRank', () => {
  it('divides the processors of a machine among its ranks, unless --threads is given', async () => {
    delete process.env.RAMBLE_THREADS;
    const many = inMemoryRanks(256);
    const all = await Promise.all(many.map((each) => flagsOnRank(each, flagsOf({ ranks: 256 }))));
    expect(new Set(all.map(({ threads }) => threads))).toEqual(new Set([1]));
    const [own] = inMemoryRanks(1);
    expect(await flagsOnRank(own, flagsOf({ threads: 7 }))).toEqual(flagsOf({ threads: 7 }));
    expect(await flagsOnRank(own, flagsOf({ ranks: 1, threads: 7 }))).toEqual(
      flagsOf({ ranks: 1, threads: 7 }),
    );
  });

  it('refuses another number of ranks, and only the first rank reports it', async () => {
    const ends = await Promise.allSettled(
      inMemoryRanks(2).map((each) => flagsOnRank(each, flagsOf({ ranks: 3 }))),
    );
    expect(
      ends.map(
        (end) => end.status === 'rejected' && (end.reason as { isReporter: boolean }).isReporter,
      ),
    ).toEqual([true, false]);
    expect(ends[0]).toMatchObject({
      reason: {
        cause: { message: '--ranks: expected 2, those that the launcher has started, got 3' },
      },
    });
  });
});
