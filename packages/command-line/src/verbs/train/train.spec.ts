import { mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { MODEL_SETTINGS, modelConfig } from '@ramble/core';
import { ATTENTION_NAMES } from '@ramble/core/model';
import type { LogEntry } from '@ramble/runs';

import { lettersApp } from '../../../test/letters-app.js';
import { makeRun } from '../../../test/make-run.js';
import { reversalApp } from '../../../test/reversal-app.js';
import { type Outcome, runCommand, type CommandContext } from '../../../test/run-command.js';
import { settingsIn, type Values } from '../../verb/flag.js';
import { newSettings } from './plan-new-run.js';

const TEXT = 'call me ishmael some years ago never mind how long\n'.repeat(8);
const SHAPE = ['--n-layer', '1', '--n-head', '2', '--n-embd', '8', '--context-length', '8'];
const PACE = ['--batch-size', '2', '--eval-interval', '4', '--save-interval', '5'];

let folder: string;
let data: string;
const { RAMBLE_CACHE } = process.env;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-train-'));
  process.env.RAMBLE_CACHE = join(folder, 'cache');
  data = await file('whale.txt', TEXT);
});
afterEach(async () => {
  if (RAMBLE_CACHE === undefined) delete process.env.RAMBLE_CACHE;
  else process.env.RAMBLE_CACHE = RAMBLE_CACHE;
  await rm(folder, { recursive: true });
});

async function file(name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

/** Files of a folder that this process has open; none where the system does not list them. */
async function openFilesIn(parent: string): Promise<string[]> {
  const numbers = await readdir('/proc/self/fd').catch(() => []);
  const links = numbers.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => ''));
  return (await Promise.all(links)).filter((path) => path.startsWith(parent));
}

const inRun = (path: string, run = 'run'): Promise<string> =>
  readFile(join(folder, run, path), 'utf8');
const newest = (run: string): Promise<Buffer> =>
  readFile(join(folder, run, 'checkpoints/00000010/model.safetensors'));

/** Trains on the whale, or on other data, in a new folder. */
function train(
  words: readonly string[],
  { run = 'run', ...context }: CommandContext & { readonly run?: string } = {},
): Promise<Outcome> {
  const out = ['--out', join(folder, run)];
  return runCommand(['letters', 'train', ...out, ...words], context);
}
const trainNew = (words: readonly string[], options?: Parameters<typeof train>[1]) =>
  train(['--data', data, ...SHAPE, ...PACE, '--max-steps', '10', ...words], options);

describe('train, a model that remembers', () => {
  it('learns from streams, and resumes from its memory', async () => {
    const recurrent = ['--attention', 'transformer-xl', '--memory', '12'];
    expect(await trainNew(recurrent)).toMatchObject({ status: 0 });
    const description = JSON.parse(await inRun('run.json')) as { model: Record<string, unknown> };
    expect(description.model).toMatchObject({ attention: 'transformer-xl', memory: 12 });
    expect(description.model).toHaveProperty('positions', 'none');
    await trainNew([...recurrent, '--schedule', 'constant'], { run: 'whole' });
    await trainNew([...recurrent, '--schedule', 'constant', '--max-steps', '5'], { run: 'parts' });
    const resumed = await train(['--resume', '--max-steps', '10'], { run: 'parts' });
    expect(resumed).toMatchObject({ status: 0 });
    expect(await newest('parts')).toEqual(await newest('whole'));
  });

  it('needs a stream', async () => {
    const words = ['reversal', 'train', '--data', await file('words.rev', 'ab:ba\nc:c\nd:d\n')];
    const out = ['--out', join(folder, 'other'), '--attention', 'transformer-xl'];
    expect((await runCommand([...words, ...out])).stderr).toContain(
      '--memory: expected 0 for reversal, whose examples are not parts of one stream, got 64',
    );
  });
});

describe('train', () => {
  it('writes a run with its results', async () => {
    const { status, stdout, stderr } = await trainNew(['--log-interval', '2']);
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /run: [\d,]+ parameters, 10 steps in .* on cpu, validation loss \d\.\d{4} at step 10\n/,
    );
    expect(stdout).toContain(`try: ramble letters sample --model ${join(folder, 'run')}`);
    expect(stderr).toContain('367 tokens to train on, 41 to validate on\n');
    expect(stderr).toMatch(
      /step 2\/10 {2}loss 3\.\d{4} {2}[\d,]+ tokens\/s \(\d+ % of peak\) {2}.* left\n/,
    );
    expect(stderr).toMatch(/step 4\/10 {2}validation loss 3\.\d{4}, the best so far\n/);
    expect((await readdir(join(folder, 'run'))).filter((name) => !name.startsWith('.'))).toEqual([
      'best.json',
      'checkpoints',
      'domain',
      'log.jsonl',
      'report.html',
      'run.json',
      'samples.jsonl',
    ]);
    expect(await readdir(join(folder, 'run/checkpoints'))).toEqual(['00000008', '00000010']);
    expect(JSON.parse(await inRun('run.json'))).toMatchObject({
      domain: { name: 'letters', options: { letters: 'some' } },
      model: { nLayer: 1, vocabSize: 29 },
      training: { maxSteps: 10, batchSize: 2 },
      data: { data: { path: data } },
      engine: 'cpu',
    });
  });

  it('logs loss and speed over the steps since the last line', async () => {
    await trainNew(['--log-interval', '1'], { run: 'each' });
    await trainNew(['--log-interval', '5']);
    const read = async (run: string): Promise<LogEntry[]> =>
      (await inRun('log.jsonl', run))
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as LogEntry);
    const each = (await read('each')).filter(({ loss }) => loss !== undefined);
    const few = await read('run');
    expect(few.map(({ step, validationLoss }) => [step, validationLoss !== undefined])).toEqual([
      [4, false],
      [4, true],
      [5, false],
      [8, false],
      [8, true],
      [10, false],
      [10, true],
    ]);
    const mean = (from: number, to: number): number =>
      each.slice(from, to).reduce((sum, { loss = NaN }) => sum + loss, 0) / (to - from);
    expect(few[0].loss).toBeCloseTo(mean(0, 4), 10);
    expect(few[5].loss).toBeCloseTo(mean(8, 10), 10);
    expect(Object.keys(few[0])).toEqual([
      'step',
      'loss',
      'learningRate',
      'gradientNorm',
      'tokensPerSecond',
      'peakShare',
      'elapsedSeconds',
    ]);
  });

  it('writes event files, each call its own, with --tensorboard', async () => {
    const eventFiles = async (): Promise<string[]> =>
      (await readdir(join(folder, 'run'))).filter((name) =>
        name.startsWith('events.out.tfevents.'),
      );
    expect(await trainNew([])).toMatchObject({ status: 0 });
    expect(await eventFiles()).toEqual([]);
    const resumed = await train(['--resume', '--max-steps', '12', '--tensorboard']);
    expect(resumed).toMatchObject({ status: 0 });
    const [first] = await eventFiles();
    // A version, a START and an event for each line of the log, with those of the call without the flag.
    const bytes = await readFile(join(folder, 'run', first));
    let events = 0;
    for (let at = 0; at < bytes.length; at += 16 + bytes.readUInt32LE(at)) events++;
    expect(events).toBe(2 + (await inRun('log.jsonl')).trim().split('\n').length);
    expect(await train(['--resume', '--max-steps', '14', '--tensorboard'])).toMatchObject({
      status: 0,
    });
    expect(await eventFiles()).toHaveLength(2);
  });

  it('prints its report as JSON, and only that with --quiet', async () => {
    const { stdout, stderr } = await trainNew(['--json', '--quiet']);
    expect(stderr).toBe('');
    const report = JSON.parse(stdout) as { samples: unknown[] };
    expect(report).toMatchObject({
      run: join(folder, 'run'),
      reason: 'steps',
      step: 10,
      bestStep: 10,
      tokensSeen: 160,
      engine: 'cpu',
    });
    expect(report.samples).toHaveLength(3);
    const kept = (await inRun('samples.jsonl')).trim().split('\n');
    expect(kept.map((line) => JSON.parse(line) as object)).toEqual(
      report.samples.map((sample) => ({ step: 10, ...(sample as object) })),
    );
    const page = await inRun('report.html');
    expect(page).toContain('<svg');
    expect(page).toContain('<td>nEmbd</td><td>8</td>');
  });

  it('takes settings from flags before a file, and from a file before a preset', async () => {
    const config = await file('config.json', '{ "nEmbd": 12, "nHead": 3, "learningRate": 1e-2 }');
    const flags = ['--preset', 'tiny', '--config', config, '--n-head', '4'];
    expect(await train(['--data', data, ...flags])).toMatchObject({ status: 0 });
    expect(JSON.parse(await inRun('run.json'))).toMatchObject({
      model: { nLayer: 1, nEmbd: 12, nHead: 4 },
      training: { learningRate: 0.01, maxSteps: 3 },
    });
  });

  it('resumes after Ctrl-C with the checkpoint of an uninterrupted run', async () => {
    await trainNew(['--dropout', '0.1'], { run: 'whole' });
    const stopped = await trainNew(['--dropout', '0.1', '--log-interval', '1'], {
      onNote: (line, interrupt) => {
        if (line.startsWith('step 6/')) interrupt();
      },
    });
    const stoppedAt = /stopped after step (\d+), which is saved\. Continue with: (.*)\n$/.exec(
      stopped.stderr,
    );
    expect(stopped.status).toBe(130);
    expect(stoppedAt?.[1]).toBe('6');
    expect(stoppedAt?.[2]).toBe(`ramble letters train --resume --out ${join(folder, 'run')}`);
    const resumed = await train(['--resume']);
    expect(resumed).toMatchObject({ status: 0 });
    expect(resumed.stderr).toContain('continuing after step 6\n');
    expect(await newest('run')).toEqual(await newest('whole'));
  });

  it('trains to the end, or saves at Ctrl-C, when its output is closed', async () => {
    const words = ['--log-interval', '1'];
    const whole = await trainNew(words, { run: 'whole', readsNotes: 2 });
    expect(whole).toMatchObject({ status: 0 });
    expect(whole.stdout).toContain(' 10 steps in ');
    const stopped = await trainNew(words, {
      readsNotes: 2,
      onNote: (line, interrupt) => {
        if (line.startsWith('step 6/')) interrupt();
      },
    });
    expect(stopped).toMatchObject({ status: 130, stdout: '' });
    expect(await readdir(join(folder, 'run'))).not.toContain('.lock');
    expect((await train(['--resume'])).stderr).toContain('continuing after step 6\n');
  });

  it('allows a resumed run to change only limits', async () => {
    await trainNew(['--max-steps', '6']);
    const refused = await train(['--resume', '--n-layer', '2']);
    expect(refused).toMatchObject({ status: 2 });
    expect(refused.stderr).toBe(
      `error: --n-layer: expected 1, the value of ${join(folder, 'run')}, got 2\n`,
    );
    const same = ['--resume', '--n-layer', '1', '--max-steps', '8'];
    expect(await train(same)).toMatchObject({ status: 0 });
    expect(await readdir(join(folder, 'run/checkpoints'))).toContain('00000008');
    expect(await train(['--resume', '--max-steps', '7'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining(
        'error: --max-steps: expected at least the 8 steps that the run has, got 7\n',
      ) as string,
    });
    await file('whale.txt', TEXT.slice(1));
    expect(await train(['--resume', '--max-steps', '9'])).toMatchObject({
      status: 1,
      stderr: `error: ${data}: expected the data that ${join(folder, 'run')} was made with, got other data\n`,
    });
  });

  it('starts from the model of another run', async () => {
    await trainNew([], { run: 'base' });
    const from = ['--data', data, '--init-from', join(folder, 'base'), '--learning-rate', '1e-12'];
    const rest = ['--weight-decay', '0', '--warmup-steps', '0', '--max-steps', '10'];
    expect(await train([...from, ...rest, ...PACE])).toMatchObject({ status: 0 });
    const [base, tuned] = [await newest('base'), await newest('run')];
    const header = Number(base.readBigUInt64LE(0)) + 8;
    const floats = (bytes: Buffer): Float32Array =>
      new Float32Array(new Uint8Array(bytes.subarray(header)).buffer);
    const start = floats(base);
    floats(tuned).forEach((value, i) => {
      expect(value).toBeCloseTo(start[i], 6);
    });
    expect(await train([...from, '--n-embd', '16'], { run: 'other' })).toMatchObject({
      status: 2,
      stderr: `error: --n-embd: expected 8, the value of ${join(folder, 'base')}, got 16\n`,
    });
    expect(await train([...from, '--window', '4'], { run: 'other' })).toMatchObject({
      status: 2,
      stderr: `error: --window: expected no value, as in ${join(folder, 'base')}, got 4\n`,
    });
    expect(JSON.parse(await inRun('run.json'))).toMatchObject({
      origin: { kind: 'run', path: join(folder, 'base'), step: 10 },
    });
  });

  it.each(['f32', 'int8', 'q4'])('fine-tunes an import in %s from its weights', async (weights) => {
    const [base, hub, imported] = ['base', 'hub', 'imported'].map((name) => join(folder, name));
    await makeRun(base, lettersApp);
    await runCommand(['letters', 'export', '--model', base, '--out', hub]);
    await runCommand(['letters', 'import', hub, '--out', imported, '--weights', weights]);
    const measured = await runCommand([
      ...['letters', 'evaluate', '--model', imported, '--data', data, '--json'],
    ]);
    const { loss } = JSON.parse(measured.stdout) as { loss: number };
    expect(loss).toBeGreaterThan(4); // a model that is sure and wrong, not one of random numbers

    const rate = ['--learning-rate', '1e-12', '--weight-decay', '0', '--warmup-steps', '0'];
    const all = ['--eval-batches', '120']; // of 2 sequences
    const tune = ['--data', data, '--valid', data, '--init-from', imported, ...rate, ...all];
    const tuned = await train([...tune, '--max-steps', '1', '--json']);
    expect(tuned.status).toBe(0);
    const report = JSON.parse(tuned.stdout) as { validationLoss: number };
    expect(report.validationLoss).toBeCloseTo(loss, 5);
    expect(JSON.parse(await inRun('training.json', 'run/checkpoints/00000001'))).toMatchObject({
      step: 1,
    });
    expect(JSON.parse(await inRun('run.json'))).toMatchObject({
      origin: { kind: 'run', path: imported, step: 0 },
      training: { batchSize: 2, sequenceLength: 512, learningRate: 1e-12 },
    });
  });

  it('has defaults of its own from an import, but not with its shape alone or from another run', async () => {
    const [base, hub, imported] = ['base', 'hub', 'imported'].map((name) => join(folder, name));
    await makeRun(base, lettersApp);
    await runCommand(['letters', 'export', '--model', base, '--out', hub]);
    await runCommand(['letters', 'import', hub, '--out', imported]);
    const tuned = { batchSize: 2, sequenceLength: 512, learningRate: 1e-4 };
    const usual = { batchSize: 12, sequenceLength: 0, learningRate: 1e-3 };
    for (const [run, words, training] of [
      ['tuned', ['--init-from', imported], tuned],
      ['long', ['--init-from', imported, '--context-length', '9'], { ...tuned, sequenceLength: 0 }],
      ['like', ['--like', imported], usual],
      ['again', ['--init-from', base], usual],
    ] as const) {
      const done = await train(['--data', data, ...words, '--max-steps', '1'], { run });
      expect(done).toMatchObject({ status: 0 });
      expect(JSON.parse(await inRun('run.json', run))).toMatchObject({ training });
    }
  });

  it('may give the model that it starts from another context', async () => {
    const base = join(folder, 'base');
    await makeRun(base, lettersApp);
    const from = ['--data', data, '--init-from', base, '--max-steps', '1', '--batch-size', '2'];
    for (const [run, length] of [
      ['short', 5],
      ['long', 9],
    ] as const) {
      const words = [...from, '--context-length', `${length}`];
      expect((await train(words, { run })).status).toBe(0);
      expect(JSON.parse(await inRun('run.json', run))).toMatchObject({
        model: { contextLength: length },
      });
    }
  });

  it('takes the shape of the model that it starts from, not of the preset', async () => {
    const base = join(folder, 'base');
    await makeRun(base, lettersApp);
    const from = ['--data', data, '--init-from', base, '--preset', 'tiny', '--max-steps', '1'];
    expect(await train([...from, '--batch-size', '2'])).toMatchObject({ status: 0 });
    const [own, run] = [await inRun('run.json', 'base'), await inRun('run.json')];
    const modelOf = (json: string): unknown => (JSON.parse(json) as { model: unknown }).model;
    expect(modelOf(run)).toEqual(modelOf(own));
  });

  it('learns whole examples, and shows its answers to some', async () => {
    const words = Array.from({ length: 30 }, (_, i) => 'abcdefgh'.slice(i % 6));
    const lines = words.map((word) => `${word}:${word.split('').reverse().join('')}`);
    const reversals = await file('words.rev', lines.join('\n'));
    const flags = ['--data', reversals, ...SHAPE, '--context-length', '20', '--max-steps', '4'];
    const out = ['--out', join(folder, 'run'), '--json'];
    const { status, stdout, stderr } = await runCommand(['reversal', 'train', ...flags, ...out]);
    expect(status).toBe(0);
    expect(stderr).toContain('27 examples to train on, 3 to validate on');
    expect(stderr).toContain(
      'warning: 3 of 3 examples to validate on have a prompt of the training data; name others with --valid\n',
    );
    const { samples } = JSON.parse(stdout) as { samples: { prompt: string }[] };
    expect(samples.map(({ prompt }) => prompt)).toEqual(['d e f g h :', 'e f g h :', 'f g h :']);
  });

  it('reads standard input, and validates on other data', async () => {
    const valid = await file('valid.txt', TEXT.slice(0, 60));
    const words = ['--data', '-', '--valid', valid, ...SHAPE, '--max-steps', '1'];
    const { status, stderr } = await train(words, { stdin: TEXT });
    expect(status).toBe(0);
    expect(stderr).toContain('408 tokens to train on, 60 to validate on\n');
    expect(await train(['--resume', '--max-steps', '2'])).toMatchObject({ status: 0 });
  });
});

describe('newSettings', () => {
  const defaults = { positions: 'rotary', norm: 'rms' } as const;
  const settingsOf = (settings: Values, preset?: string): Values =>
    newSettings({
      ...{ flags: {}, settings, chosen: settings, preset },
      app: { ...lettersApp, presets: { defaults } },
    });

  it.each([
    [{}, defaults],
    [{ attention: 'window', window: 8 }, defaults],
    [{ attention: 'relative' }, { norm: 'rms' }],
    [{ attention: 'transformer-xl', memory: 8 }, { norm: 'rms' }],
    [{ attention: 'causal,compressed' }, { norm: 'rms' }],
    [{ attention: 'alibi', positions: 'rotary' }, defaults],
  ])('has default positions with %j only where they are supported', (settings, used) => {
    expect(settingsOf(settings)).toEqual({ ...used, ...settings });
    expect(settingsOf(settings, 'nano')).toEqual(settings);
  });

  it('makes a model of every attention', () => {
    for (const attention of ATTENTION_NAMES) {
      const { nHead, nLayer } = { nHead: 2, nLayer: 1 };
      const given = settingsIn(MODEL_SETTINGS, settingsOf({ attention, nHead, nLayer }));
      expect(modelConfig({ ...given, vocabSize: 5 })).toMatchObject({ attention, norm: 'rms' });
    }
  });
});

describe('train refuses', () => {
  const failure = async (words: readonly string[]): Promise<string> => {
    const { status, stdout, stderr } = await train(words);
    expect([status > 0, stdout]).toEqual([true, '']);
    expect(stderr).toMatch(/^error: .*\n$/);
    return stderr.slice('error: '.length, -1);
  };

  it('a folder that has a run', async () => {
    await trainNew([]);
    const before = await inRun('run.json');
    const out = join(folder, 'run');
    expect(await failure(['--data', data])).toBe(
      `${out}: expected a new folder, got one with a run; continue it with ramble letters train --resume --out ${out}`,
    );
    expect(await inRun('run.json')).toBe(before);
  });

  it('to resume a folder that is no run', async () => {
    expect(await failure(['--resume'])).toBe(
      `${join(folder, 'run')}: expected a run with a run.json, got none; name the folder of a run, or put its run.json back from a copy`,
    );
  });

  it.each(['--like', '--init-from'])('%s with a run of another domain', async (flag) => {
    const other = join(folder, 'other');
    await makeRun(other, reversalApp);
    expect(await failure(['--data', data, flag, other])).toBe(
      `${flag}: expected a run of the domain letters, got one of reversal; name a run that ramble letters train made`,
    );
  });

  it('data that is missing, empty, too short or wrong, and leaves no folder', async () => {
    expect(await failure(['--data', 'moby-dik'])).toBe(
      'moby-dik: expected a file, a folder or the name of a corpus, got none. Did you mean the corpus moby-dick?',
    );
    const empty = await file('empty.txt', '');
    expect(await failure(['--data', empty])).toBe(`${empty}: expected text, got none`);
    const short = await file('short.txt', 'call me ishmael');
    expect(await failure(['--data', short])).toBe(
      '--data: expected more than 64 tokens, which fill a training sequence, got 13; use more text or lower --sequence-length',
    );
    const shorter = await file('shorter.txt', 'ishmael');
    expect(await failure(['--data', shorter, '--context-length', '3'])).toBe(
      '--data: expected, in its last tenth, at least 2 tokens to validate on, got 1',
    );
    const one = await file('one.txt', 'a');
    expect(await failure(['--data', one, ...SHAPE])).toBe(
      '--data: expected at least 2 tokens to split into training and validation, got 1; use more text',
    );
    expect(await failure(['--data', data, '--valid', one, ...SHAPE])).toBe(
      '--valid: expected at least 2 tokens to validate on, got 1',
    );
    const wrong = await file('wrong.txt', TEXT + '!');
    expect(await failure(['--data', wrong, ...SHAPE])).toBe('text: expected small letters, got !');
    const refused = 'text: expected small letters, got !';
    expect(await failure(['--data', data, '--valid', wrong, ...SHAPE])).toBe(refused);
    expect(await openFilesIn(folder)).toEqual([]);
    expect(await readdir(folder)).not.toContain('run');
  });

  it('to lose a model that ran away', async () => {
    const words = ['--learning-rate', '1e30', '--warmup-steps', '0', '--grad-clip', '0'];
    const { status, stderr } = await trainNew([...words, '--eval-interval', '100']);
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /error: loss: expected a finite number, got NaN at step \d .*try a lower --learning-rate or --grad-clip\. The last checkpoint is kept\.\n$/,
    );
    expect(await readdir(join(folder, 'run/checkpoints'))).toEqual(['00000000']);
  });

  it('to evaluate a model that ran away', async () => {
    const words = ['--learning-rate', '1e30', '--warmup-steps', '0', '--eval-interval', '1'];
    const { status, stderr } = await trainNew(words);
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /error: validation loss: expected a finite number, got NaN after step 1; try a lower --learning-rate or --grad-clip\. The last checkpoint is kept\.\n$/,
    );
    expect(await readdir(join(folder, 'run/checkpoints'))).toEqual(['00000000']);
  });
});
