import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { lettersApp } from '../../../test/letters-app.js';
import { makeRun } from '../../../test/make-run.js';
import { type CommandContext, runCommand } from '../../../test/run-command.js';
import type { SearchRow } from './successive-halving.js';

const TEXT = 'call me ishmael some years ago never mind how long\n';
const SHAPE = ['--n-head', '2', '--n-embd', '8', '--context-length', '8', '--batch-size', '2'];
const AGAIN = '; give another --out for another search';
const OVER = 'learning-rate=0.001:0.01,n-layer=1:2';

let folder: string;
const at = (path: string): string => join(folder, path);
const { RAMBLE_CACHE } = process.env;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-search-'));
  process.env.RAMBLE_CACHE = at('cache');
  await writeFile(at('whale.txt'), TEXT.repeat(20));
  await writeFile(at('valid.txt'), TEXT.slice(9));
  await makeRun(at('base'), lettersApp);
});
afterAll(async () => {
  if (RAMBLE_CACHE === undefined) delete process.env.RAMBLE_CACHE;
  else process.env.RAMBLE_CACHE = RAMBLE_CACHE;
  await rm(folder, { recursive: true });
});

const search = (out: string, words: readonly string[], context?: CommandContext) =>
  runCommand(
    ['letters', 'search', '--data', at('whale.txt'), '--out', at(out), ...SHAPE, ...words],
    context,
  );
const STEPS = ['--over', OVER, '--max-steps', '20'];

interface Report {
  readonly search: string;
  readonly rows: readonly SearchRow[];
}
const rowsOf = (json: string): readonly SearchRow[] => (JSON.parse(json) as Report).rows;
/** The rows without measured speeds. */
const table = (rows: readonly SearchRow[]): object[] =>
  rows.map(({ tokensPerSecond, ...row }) => {
    expect(tokensPerSecond).toBeGreaterThan(0);
    return row;
  });
const modelOf = (run: string, step: string): Promise<Buffer> =>
  readFile(join(run, `checkpoints/000000${step}/model.safetensors`));

/** A context in which Ctrl-C is pressed after a number of readings of the clock, and again after as many. */
function stopping(readings: number): CommandContext {
  let [count, press] = [0, (): void => undefined];
  const now = (): number => {
    if (++count % readings === 0) press();
    return performance.now();
  };
  return {
    clock: { now },
    onNote: (_, interrupt) => {
      press = interrupt;
    },
  };
}

describe('search', () => {
  it('halves trials by rank, and prints and writes a command for each', async () => {
    const { status, stdout, stderr } = await search('all', STEPS);
    expect([status, /warning.*/.exec(stderr)]).toEqual([0, null]);
    expect(stderr).toContain('4 trials in rungs of 4, 2, 1\n');
    const lines = stdout.split('\n');
    expect(lines[0]).toBe(
      '| rank | trial | learning-rate | n-layer | steps | tokens/s | bits/byte | state |',
    );
    expect(lines.slice(2, 6).map((line) => line.split(' | ').at(-1))).toEqual(
      ['winner |', 'halved at rung 2 |', 'halved at rung 1 |', 'halved at rung 1 |'], // prettier-ignore
    );
    const page = await readFile(at('all/search.md'), 'utf8');
    expect(page).toContain(`# Search in ${at('all')}\n\n4 trials in rungs of 4, 2, 1.\n\n| rank`);
    for (const line of lines) expect(page).toContain(line);

    const { rows } = JSON.parse(await readFile(at('all/search.json'), 'utf8')) as Report;
    expect(rows.map(({ rank, steps }) => [rank, steps])).toEqual([
      ...[[1, 20], [2, 10], [3, 5], [4, 5]], // prettier-ignore
    ]);
    const [first, second] = rows;
    expect(first.score!.value).toBeLessThan(second.score!.value);
    expect(lines).toContain(`${first.command} # rank 1`);

    // Weights are kept of the winner alone, and of its last step alone.
    for (const { trial } of rows) {
      const run = at(`all/trial-${trial}`);
      const isWinner = trial === first.trial;
      expect(await readdir(run)).toEqual(expect.arrayContaining(['log.jsonl', 'run.json']));
      const checkpoints = await readdir(join(run, 'checkpoints')).catch(() => []);
      expect(checkpoints).toEqual(isWinner ? ['00000020'] : []);
    }
    const sample = ['letters', 'sample', '--model', at(`all/trial-${first.trial}`)];
    expect((await runCommand([...sample, '--max-new-tokens', '3'])).status).toBe(0);
  });

  it('trains the winner as its command does, although its stable phase was continued', async () => {
    const words = [...STEPS, '--dropout', '0.1', '--seed', '7', '--no-tied-head', '--json'];
    const [{ command, trial, score }] = rowsOf((await search('bytes', words)).stdout);
    expect(command).toContain(
      ' --no-tied-head --batch-size 2 --max-steps 20 --dropout 0.1 --seed 7 ',
    );
    const { status, stderr } = await runCommand(command.split(' ').slice(1));
    expect([status, /error.*/.exec(stderr)]).toEqual([0, null]);
    const again = at(`bytes-trial-${trial}`);
    expect(await modelOf(again, '20')).toEqual(await modelOf(at(`bytes/trial-${trial}`), '20'));
    const log = await readFile(join(again, 'log.jsonl'), 'utf8');
    const { validationLoss } = JSON.parse(log.trim().split('\n').at(-1)!) as Record<string, number>;
    expect(score!.value).toBeCloseTo(validationLoss / Math.LN2, 6);
  });

  it('trains each rung anew with a schedule that depends on the number of steps', async () => {
    const words = [...STEPS, '--schedule', 'cosine', '--trials', '2', '--json'];
    const [{ command, trial, steps }] = rowsOf((await search('cosine', words)).stdout);
    expect(steps).toBe(20);
    expect((await runCommand(command.split(' ').slice(1))).status).toBe(0);
    const again = at(`cosine-trial-${trial}`);
    expect(await modelOf(again, '20')).toEqual(await modelOf(at(`cosine/trial-${trial}`), '20'));
  });

  it('ends with the same table after Ctrl-C, and trains nothing twice', async () => {
    // The finished search of the first test, or the same search.
    const whole = rowsOf((await search('all', [...STEPS, '--json'])).stdout);
    let [stops, results] = [0, 0];
    let last = await search('stopped', [...STEPS, '--json'], stopping(150));
    for (; last.status === 130; stops++) {
      expect(last.stdout).toBe('');
      expect(last.stderr).toContain(
        `stopped; what was done is saved in ${at('stopped')}. Continue with the same command\n`,
      );
      results += last.stderr.match(/^rung/gm)?.length ?? 0;
      last = await search('stopped', [...STEPS, '--json'], stopping(150));
    }
    results += last.stderr.match(/^rung/gm)?.length ?? 0;
    expect(stops).toBeGreaterThan(2);
    expect(results).toBe(4 + 2 + 1);
    const strip = (rows: object[]): unknown =>
      JSON.parse(JSON.stringify(rows).replaceAll(at('stopped'), at('all')));
    expect(strip(table(rowsOf(last.stdout)))).toEqual(table(whole));
    const [{ trial }] = whole;
    expect(await modelOf(at(`stopped/trial-${trial}`), '20')).toEqual(
      await modelOf(at(`all/trial-${trial}`), '20'),
    );
    expect(rowsOf((await search('stopped', [...STEPS, '--json'])).stdout)).toEqual(
      rowsOf(last.stdout),
    );
  });

  it('ranks trials that diverge last, and fails if all do', async () => {
    const words = [
      '--over',
      'learning-rate=1e30:0.01:0.001',
      '--max-steps',
      '20',
      '--n-layer',
      '1',
    ];
    const diverging = [...words, '--optimizer', 'sgd', '--grad-clip', '0'];
    const { status, stdout, stderr } = await search('diverged', [...diverging, '--json']);
    expect(status).toBe(0);
    expect(stderr).toMatch(/^warning: trial 1: .*expected a finite number, got .*$/m);
    expect(rowsOf(stdout).at(-1)).toMatchObject({
      trial: 1,
      state: 'diverged at rung 1',
      steps: 10,
    });
    const all = diverging.map((word) => word.replace('0.01:0.001', '2e30'));
    const failed = await search('hopeless', all);
    expect(failed.status).toBe(1);
    expect(failed.stdout).toContain('| not finite | diverged at rung 1 |');
    expect(failed.stderr).toContain(
      `error: ${at('hopeless')}: no trial has a finite loss; search lower values of learning-rate\n`,
    );
  });

  it('compares models in the unit of the domain on separate validation data', async () => {
    const words = [
      '--valid',
      at('valid.txt'),
      '--over',
      'letters,n-layer=1:2',
      '--max-steps',
      '20',
    ];
    const [{ trial, score }] = rowsOf((await search('units', [...words, '--json'])).stdout);
    const model = at(`units/trial-${trial}`);
    const evaluate = ['letters', 'evaluate', '--model', model, '--data', at('valid.txt'), '--json'];
    const { bitsPerLetter } = JSON.parse((await runCommand(evaluate)).stdout) as SearchRow &
      Record<string, number>;
    expect(score).toMatchObject({ kind: 'bits', unit: 'letter', value: bitsPerLetter });
  });

  it('plans equal minutes as steps, which the runs have', async () => {
    const few = ['--over', 'n-layer=1:2', '--minutes', '0.25'];
    let ms = 0;
    const clock = { now: () => (ms += 5) };
    const { stdout, stderr } = await search('minutes', [...few, '--json'], { clock });
    expect(stderr).not.toContain('error');
    expect(rowsOf(stdout)).toHaveLength(2);
    for (const { trial, steps, command } of rowsOf(stdout)) {
      expect(steps % 5).toBe(0);
      expect(command).toContain(` --max-steps ${steps} `);
      const { training } = JSON.parse(
        await readFile(at(`minutes/trial-${trial}/run.json`), 'utf8'),
      ) as { training: { maxSteps: number } };
      expect(training.maxSteps).toBe(steps);
    }
    expect((await search('soon', ['--over', 'n-layer', '--minutes', '0.0001'])).stderr).toMatch(
      /^error: --minutes: expected at least \d+(\.\d)? for 3 trials, each with 50 steps or more in the first rung, got 0.0001; or give fewer --trials$/m,
    );
  });

  it('refuses a folder of another search, and other data', async () => {
    const done = ['--over', 'n-layer=1:2', '--max-steps', '10'];
    expect((await search('one', done)).status).toBe(0);
    for (const [words, message] of [
      [
        [...done.slice(0, 3), '20'],
        `--max-steps: expected 10, the value of ${at('one')}, got 20${AGAIN}`,
      ],
      [
        [...done, '--dropout', '0.1'],
        `--dropout: expected nothing, the value of ${at('one')}, got 0.1${AGAIN}`,
      ],
      [
        [...done, '--trials', '3'],
        `--trials: expected 16, the value of ${at('one')}, got 3${AGAIN}`,
      ],
      [
        ['--over', 'n-layer=1:3', ...done.slice(2)],
        `--over: expected n-layer=1:2, the value of ${at('one')}, got n-layer=1:3${AGAIN}`,
      ],
      [
        [...done, '--valid', at('valid.txt')],
        `${at('valid.txt')}: expected the data that ${at('one')} was made with, got other data`,
      ],
    ] as const) {
      expect((await search('one', words)).stderr).toContain(`error: ${message}\n`);
    }
    await mkdir(at('other'));
    await writeFile(at('other/notes.txt'), 'mine');
    for (const [out, first] of [
      ['other', 'notes.txt'],
      ['base', 'best.json'],
    ]) {
      // prettier-ignore
      expect(await search(out, done)).toMatchObject({
        status: 1,
        stderr: `error: ${at(out)}: expected a new folder or a folder of a search, got one that contains ${first}\n`,
      });
    }
  });

  it('accepts another command in a folder where nothing was trained', async () => {
    await writeFile(at('empty.txt'), '');
    const failed = await search('again', [...STEPS, '--data', at('empty.txt')]);
    expect(failed.stderr).toContain('trial 1 (learning-rate 0.001, n-layer 1) failed\n');
    expect([failed.status, await readdir(at('again'))]).toEqual([1, ['search.json']]);
    const words = ['--over', 'n-layer=1:2', '--max-steps', '10', '--json'];
    const { status, stdout } = await search('again', words);
    expect([status, rowsOf(stdout)]).toEqual([0, [expect.anything(), expect.anything()]]);
    expect(rowsOf(stdout)[0].values).toEqual({ nLayer: expect.any(Number) as number });
  });

  it('describes settings that have another meaning than in train', async () => {
    const { stdout } = await runCommand(['letters', 'search', '--help-all']);
    const help = stdout.replace(/\s+/g, ' ');
    expect(help).toContain('--over <settings...> ');
    expect(help).toContain('Number of updates in the last rung. (default: none, as minutes are');
    expect(help).toContain('noam, wsd; default: wsd)');
  });

  it.each([
    [
      ['--max-steps', '40', '--over', 'architecture=gpt2:llama'],
      '--over: architecture cannot be searched, as it is the same for all trials',
    ],
    [['--max-steps', '9'], '--max-steps: expected at least 20 for 3 rungs, got 9'],
    [
      [],
      '--minutes: expected the minutes of the whole search, or --max-steps for the last rung, got neither',
    ],
    [
      ['--max-steps', '40', '--minutes', '5'],
      '--max-steps: expected no value with --minutes, got both',
    ],
    [
      ['--max-steps', '40', '--eval-interval', '5'],
      '--eval-interval: expected no value, because a search sets it for all trials, got 5',
    ],
    [
      ['--max-steps', '40', '--max-minutes', '5'],
      '--max-minutes: expected no value, because a search sets it for all trials, got 5',
    ],
    [['--max-steps', '40', '--trials', '1'], '--trials: expected an integer of at least 2, got 1'],
    [['--max-steps', '40', '--resume'], '--resume: unknown flag.'],
    [
      ['--max-steps', '40', '--data', '-'],
      '--data: expected files that every trial reads, got -, standard input',
    ],
    [
      ['--max-steps', '40', '--over', 'letters'],
      '--over: letters may change the tokens, and the part of the data that is held out is cut in tokens; give separate validation data with --valid',
    ],
    [
      ['--max-steps', '40', '--over', 'n-head=3:5'],
      '--n-head: expected a divisor of --n-embd (8), got 5',
    ],
    [['--max-steps', '40', '--over', 'n-layer=2'], '--over: expected at least 2 candidates'],
    [
      ['--max-steps', '29', '--over', 'warmup-steps=1:3'],
      '--max-steps: expected at least 30 for 2 rungs, got 29',
    ],
  ])('refuses %j', async (words, message) => {
    const over = words.includes('--over') ? [] : ['--over', OVER];
    const { status, stderr } = await search('none', [...over, ...words]);
    expect([status, stderr]).toEqual([2, expect.stringContaining(message)]);
  });
});
