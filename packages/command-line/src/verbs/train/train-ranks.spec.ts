import { createHash } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';

import { inMemoryRanks, type Ranks } from '@ramble/parallel';

import { cpuEngine } from '../../../test/cpu-engine.js';
import { type Outcome, runCommand } from '../../../test/run-command.js';

const SHAPE = ['--n-layer', '1', '--n-head', '2', '--n-embd', '8', '--context-length', '8'];
const TRAINING = ['--batch-size', '1', '--grad-accum-steps', '4', '--dropout', '0.1'];

const { RAMBLE_CACHE } = process.env;
let folder: string;
let data: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-ranks-'));
  process.env.RAMBLE_CACHE = join(folder, 'cache');
  data = join(folder, 'letters.txt');
  await writeFile(data, 'the cat sat on the mat and the dog sat on the log '.repeat(8));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
  if (RAMBLE_CACHE === undefined) delete process.env.RAMBLE_CACHE;
  else process.env.RAMBLE_CACHE = RAMBLE_CACHE;
});
const filesIn = async (): Promise<string[]> =>
  (await readdir(folder)).filter((name) => name !== 'cache').sort();

const at = (...names: string[]): string => join(folder, ...names);
const newRun = (steps: number): string[] => [
  ...['--data', data, '--max-steps', `${steps}`, '--eval-interval', '2'],
  ...SHAPE,
  ...TRAINING,
];

/** Runs the same training on a number of machines, each with its own folder. */
function onRanks(
  count: number,
  words: (rank: number) => readonly string[],
  given: (rank: number) => Parameters<typeof runCommand>[1] = () => ({}),
): Promise<Outcome[]> {
  return Promise.all(
    inMemoryRanks(count).map((ranks, rank) =>
      runCommand(['letters', 'train', ...words(rank)], { ...given(rank), ranks }),
    ),
  );
}

/** SHA-256 of the model and the training state in the newest checkpoint. */
async function hashOf(run: string): Promise<string> {
  const steps = (await readdir(join(run, 'checkpoints'))).filter((name) => !name.startsWith('.'));
  const hash = createHash('sha256');
  for (const name of ['model.safetensors', 'training.safetensors']) {
    hash.update(await readFile(join(run, 'checkpoints', steps.sort().at(-1) ?? '', name)));
  }
  return hash.digest('hex');
}

describe('ramble DOMAIN train on several ranks', () => {
  it('produces the bytes of one process, also when resumed with another number of ranks', async () => {
    const one = await runCommand(['letters', 'train', '--out', at('one'), ...newRun(6)]);
    expect(one).toMatchObject({ status: 0 });
    const two = await onRanks(2, (rank) => ['--out', at(`machine ${rank}`, 'run'), ...newRun(2)]);
    const four = await onRanks(4, (rank) => [
      ...['--resume', '--max-steps', '4', '--out', at(`machine ${rank}`, 'run')],
    ]);
    expect([...two, ...four].map(({ status }) => status)).toEqual([0, 0, 0, 0, 0, 0]);
    const last = ['--resume', '--max-steps', '6', '--out', at('machine 0', 'run')];
    expect((await runCommand(['letters', 'train', ...last])).status).toBe(0);
    expect(await hashOf(at('machine 0', 'run'))).toBe(await hashOf(at('one')));

    const others = [...two.slice(1), ...four.slice(1)];
    expect(others).toEqual(others.map(() => ({ status: 0, stdout: '', stderr: '' })));
    expect(two[0].stderr).toMatch(/% waiting for other ranks/);
    expect(two[0].stdout).toMatch(
      new RegExp(`\\n2 ranks on ${hostname()}, [0-9.]+ % of the time waiting for sums\\n`),
    );
    expect(await filesIn()).toEqual(['letters.txt', 'machine 0', 'one']);
    const log = (await readFile(at('machine 0', 'run', 'log.jsonl'), 'utf8')).split('\n');
    expect(JSON.parse(log[0])).toMatchObject({ waitedShare: expect.any(Number) as number });
  });

  it('trains adapters on the base that every rank reads', async () => {
    await runCommand(['letters', 'train', '--out', at('base'), ...newRun(2)]);
    const tuned = (steps: number): string[] => [
      ...['--data', data, '--init-from', at('base'), '--lora-rank', '2', '--lora-dropout', '0.1'],
      ...[...TRAINING, '--max-steps', `${steps}`, '--eval-interval', '2'],
    ];
    await runCommand(['letters', 'train', '--out', at('one'), ...tuned(6)]);
    const ends = await onRanks(2, (rank) => ['--out', at(`machine ${rank}`, 'run'), ...tuned(2)]);
    const resumed = await onRanks(4, (rank) => [
      ...['--resume', '--max-steps', '6', '--shard-optimizer'],
      ...['--out', at(`machine ${rank}`, 'run')],
    ]);
    expect([...ends, ...resumed].map(({ status }) => status)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(await hashOf(at('machine 0', 'run'))).toBe(await hashOf(at('one')));
  });

  it('gives the same bytes if ranks shard the optimizer in some of the calls', async () => {
    await runCommand(['letters', 'train', '--out', at('one'), ...newRun(8)]);
    const sharded = (rank: number): string[] => ['--out', at(`machine ${rank}`, 'run')];
    const resumed = (steps: number): string[] => ['--resume', '--max-steps', `${steps}`];
    const all = [
      ...(await onRanks(2, (rank) => [...sharded(rank), ...newRun(2), '--shard-optimizer'])),
      ...(await onRanks(4, (rank) => [...sharded(rank), ...resumed(4), '--shard-optimizer'])),
      ...(await onRanks(2, (rank) => [...sharded(rank), ...resumed(6)])),
      await runCommand(['letters', 'train', ...sharded(0), ...resumed(8), '--shard-optimizer']),
    ];
    expect(all.map(({ status }) => status)).toEqual(all.map(() => 0));
    expect(await hashOf(at('machine 0', 'run'))).toBe(await hashOf(at('one')));
  });

  it('resumes ranks that synchronize every 3 updates with the bytes of a run that never stopped', async () => {
    const local = ['--sync-every', '3'];
    const to = (run: string) => (rank: number) => ['--out', at(`machine ${rank}`, run)];
    const whole = await onRanks(2, (rank) => [...to('whole')(rank), ...newRun(8), ...local]);
    await onRanks(
      2,
      (rank) => [...to('run')(rank), ...newRun(8), ...local],
      (rank) => ({
        onNote: (line, interrupt) => {
          if (rank === 0 && line.startsWith('step')) interrupt();
        },
      }),
    );
    const resume = (rank: number): string[] => ['--resume', ...to('run')(rank)];
    const last = await onRanks(2, resume);
    expect([...whole, ...last].map(({ status }) => status)).toEqual([0, 0, 0, 0]);
    expect(await hashOf(at('machine 0', 'run'))).toBe(await hashOf(at('machine 0', 'whole')));

    const other = await onRanks(4, (rank) => [...resume(rank), '--max-steps', '9']);
    expect(other.map(({ stderr }) => stderr).filter((text) => text.includes('error:'))).toEqual([
      'error: --ranks: expected 2, each of which has moments of its own (--sync-every), got 4; start as many, or a new run with --init-from\n',
    ]);
    const lines = (await readFile(at('machine 0', 'whole', 'log.jsonl'), 'utf8'))
      .trim()
      .split('\n');
    const bytes = lines.map(
      (line) => (JSON.parse(line) as { summedBytes?: number }).summedBytes ?? 0,
    );
    expect(bytes.reduce((sum, each) => sum + each)).toBe(3 * bytes[0]);
  });

  it('saves and ends on all ranks if one of them is stopped', async () => {
    let isStopped = false;
    const outcomes = await onRanks(
      2,
      () => ['--out', at('run'), ...newRun(1000), '--log-interval', '1'],
      (rank) => ({
        onNote: (line, interrupt) => {
          if (rank !== 0 || isStopped || !line.startsWith('step')) return;
          isStopped = true;
          interrupt();
        },
      }),
    );
    expect(outcomes.map(({ status }) => status)).toEqual([130, 130]);
    expect(outcomes[0].stderr).toMatch(/stopped after step \d+, which is saved/);
    expect(outcomes[1].stderr).toBe('');
  });

  it.each<[string, number, number, (rank: number) => readonly string[]]>([
    [
      'error: --ranks: expected at most 4, the micro-batches of an update (--grad-accum-steps), got 5\n',
      2,
      5,
      () => newRun(2),
    ],
    [
      'run: expected a run with a run.json, got none; name the folder of a run, or put its run.json back from a copy',
      1,
      2,
      () => ['--resume'],
    ],
    [
      'ranks: expected the same settings on all of them, got others on rank 1',
      1,
      2,
      (rank) => [...newRun(2), '--learning-rate', rank === 0 ? '0.1' : '0.2'],
    ],
    [
      'ranks: expected the same settings on all of them, got others on rank 1',
      1,
      2,
      (rank) => [...newRun(2), ...(rank === 1 ? ['--shard-optimizer'] : [])],
    ],
  ])('prints one error: %s', async (message, status, count, words) => {
    const outcomes = await onRanks(count, (rank) => ['--out', at('run'), ...words(rank)]);
    expect(outcomes.map(({ stderr }) => stderr).join('')).toContain(message);
    expect(outcomes.filter(({ stderr }) => stderr.includes('error:')).length).toBe(1);
    expect(outcomes.map((outcome) => outcome.status)).toEqual(outcomes.map(() => status));
    expect(await filesIn()).toEqual(['letters.txt']);
  });

  it('refuses --survive if ranks shard the optimizer', async () => {
    const recovery = {} as NonNullable<Ranks['recovery']>; // none of it is called
    const words = ['--out', at('run'), ...newRun(2), '--survive', '--shard-optimizer'];
    const outcomes = await Promise.all(
      inMemoryRanks(2).map((ranks) =>
        runCommand(['letters', 'train', ...words], { ranks: { ...ranks, recovery } }),
      ),
    );
    expect(outcomes.map(({ status }) => status)).toEqual([2, 2]);
    expect(outcomes.map(({ stderr }) => stderr)).toEqual([
      expect.stringMatching(/^error: --survive: expected moments that all ranks have, [^\n]*\n$/),
      '',
    ]);
  });

  it('names the data that is other data on another rank', async () => {
    await cp(data, at('other.txt'));
    await writeFile(at('other.txt'), 'a cat', { flag: 'a' });
    const words = (rank: number): string[] =>
      newRun(2).map((word) => (word === data && rank === 2 ? at('other.txt') : word));
    const outcomes = await onRanks(3, (rank) => ['--out', at('run'), ...words(rank)]);
    expect(outcomes[0].stderr).toContain(
      `error: ${data}: expected the same data on all ranks, got other data on rank 2\n`,
    );
    expect(outcomes.slice(1).map(({ stderr }) => stderr)).toEqual(['', '']);
  });

  it('refuses a different engine on one of the ranks', async () => {
    const outcomes = await onRanks(
      2,
      () => ['--out', at('run'), ...newRun(2)],
      (rank) => ({ engines: [{ ...cpuEngine, name: `cpu ${rank}` }] }),
    );
    expect(outcomes).toEqual([
      {
        ...{ status: 1, stdout: '' },
        stderr: 'error: --engine: expected cpu 0 on all ranks, got cpu 1 on rank 1\n',
      },
      { status: 1, stdout: '', stderr: '' },
    ]);
  });

  it('prints the fraction of the time that ranks are idle', async () => {
    const [first] = await onRanks(3, () => ['--out', at('run'), ...newRun(1)]);
    expect(await readFile(at('run', 'report.html'), 'utf8')).toContain('3 ranks on ');
    expect(first.stderr).toContain(
      'warning: 3 ranks share out 4 micro-batches (--grad-accum-steps), and are idle for 33.3 % of the time; a multiple of 3 keeps all of them busy\n',
    );
  });
});
