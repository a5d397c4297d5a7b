import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Clock } from '@ramble/core';
import type { LogEntry, RunDescription } from '@ramble/runs';

import { type Outcome, runCommand, type CommandContext } from '../../../test/run-command.js';

const TEXT = 'call me ishmael some years ago never mind how long\n'.repeat(40);
const SHAPE = ['--n-layer', '1', '--n-head', '2', '--n-embd', '8', '--context-length', '8'];

let folder: string;
let data: string;
const { RAMBLE_CACHE } = process.env;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-minutes-'));
  process.env.RAMBLE_CACHE = join(folder, 'cache');
  data = join(folder, 'whale.txt');
  await writeFile(data, TEXT);
});
afterEach(async () => {
  if (RAMBLE_CACHE === undefined) delete process.env.RAMBLE_CACHE;
  else process.env.RAMBLE_CACHE = RAMBLE_CACHE;
  await rm(folder, { recursive: true });
});

function train(run: string, words: readonly string[], around?: CommandContext): Promise<Outcome> {
  return runCommand(['letters', 'train', '--out', join(folder, run), ...words], around);
}
/** A clock that goes on by 2 ms at each look, so that a busy machine changes nothing. */
function steadyClock(): Clock {
  let nowMs = 0;
  return { now: () => (nowMs += 2) };
}
const trainNew = (run: string, words: readonly string[], around?: CommandContext) =>
  train(run, ['--data', data, ...SHAPE, '--batch-size', '2', ...words], around);

async function trainingOf(run: string): Promise<RunDescription['training']> {
  const text = await readFile(join(folder, run, 'run.json'), 'utf8');
  return (JSON.parse(text) as RunDescription).training;
}
const weightsOf = (run: string, step: number): Promise<Buffer> => {
  const name = String(step).padStart(8, '0');
  return readFile(join(folder, run, 'checkpoints', name, 'model.safetensors'));
};

describe('train, with minutes as its only limit,', () => {
  it('uses them up, ends with the smallest learning rate, and can be repeated with --max-steps', async () => {
    const { status, stderr } = await trainNew('timed', ['--max-minutes', '0.05'], {
      clock: steadyClock(),
    });
    expect(status).toBe(0);
    expect(stderr).toMatch(/about [\d,]+ steps? fits? into 0\.05 minutes; the learning rate falls/);
    const { maxSteps, learningRate, minLearningRate } = await trainingOf('timed');
    const again = /planned .* in place of --max-minutes, (.*) trains the same\n/.exec(stderr);
    expect(again?.[1].split(' ').slice(0, 2)).toEqual(['--max-steps', String(maxSteps)]);
    const log = (await readFile(join(folder, 'timed/log.jsonl'), 'utf8')).trim().split('\n');
    const last = log.map((line) => JSON.parse(line) as LogEntry).filter(({ loss }) => loss);
    expect(last.at(-1)).toMatchObject({ step: maxSteps, learningRate: minLearningRate });
    expect(minLearningRate).toBeLessThan(learningRate);
    expect(last.at(-1)?.elapsedSeconds).toBeLessThan(3);

    await trainNew('counted', again?.[1].split(' ') ?? []);
    expect(await weightsOf('counted', maxSteps)).toEqual(await weightsOf('timed', maxSteps));
  });

  it('resumes to the end that was planned', async () => {
    const onNote: CommandContext['onNote'] = (line, interrupt) => {
      if (line.startsWith('planned')) interrupt();
    };
    const clock = steadyClock();
    const stopped = await trainNew('run', ['--max-minutes', '0.05'], { onNote, clock });
    expect(stopped.status).toBe(130);
    const again = /in place of --max-minutes, (.*) trains the same\n/.exec(stopped.stderr);
    const { maxSteps } = await trainingOf('run');
    expect(await train('run', ['--resume'], { clock: steadyClock() })).toMatchObject({ status: 0 });
    await trainNew('whole', again?.[1].split(' ') ?? []);
    expect(await weightsOf('run', maxSteps)).toEqual(await weightsOf('whole', maxSteps));
  });

  it('makes a new plan for more minutes after its end', async () => {
    await trainNew('run', ['--max-steps', '3', '--warmup-steps', '1', '--schedule', 'wsd']);
    const { status, stderr } = await train('run', ['--resume', '--max-minutes', '0.02']);
    expect([status, stderr]).toEqual([0, expect.stringContaining('planned ')]);
    expect((await trainingOf('run')).maxSteps).toBeGreaterThan(3);
  });

  it('uses the minutes in place of the steps of a preset', async () => {
    await trainNew('run', ['--preset', 'tiny', '--max-minutes', '0.02']);
    expect((await trainingOf('run')).schedule).toBe('wsd');
  });

  it('prints that the schedule follows the steps if both limits are given', async () => {
    const { stderr } = await trainNew('run', ['--max-minutes', '1', '--max-steps', '2']);
    expect(stderr).toContain(
      'the schedule follows the 2 steps; training ends there or after 1 minute, whichever comes first\n',
    );
  });
});

describe('an evaluation during training', () => {
  it('reads some of the validation data and prints how much, or reads all if requested', async () => {
    // 205 tokens validate, in 26 windows of 8: 13 batches.
    const words = ['--max-steps', '2', '--eval-batches', '4'];
    expect((await trainNew('some', words)).stderr).toContain(
      'validation on 4 of 13 batches (--eval-batches)\n',
    );
    const all = await trainNew('all', ['--max-steps', '2', '--eval-batches', '0']);
    expect(all.stderr).not.toContain('validation on');
  });
});

describe('sample, of a run that was stopped before its first step,', () => {
  it('warns that the model is untrained', async () => {
    const onNote: CommandContext['onNote'] = (line, interrupt) => {
      if (line.includes('to train on')) interrupt();
    };
    await trainNew('run', ['--max-steps', '9', '--eval-interval', '99'], { onNote });
    const words = ['letters', 'sample', '--model', `${join(folder, 'run')}/checkpoints/00000000`];
    const { status, stderr } = await runCommand([...words, '--max-new-tokens', '2', '--seed', '1']);
    expect([status, stderr.split('\n')[0]]).toEqual([
      0,
      'warning: this is the checkpoint of step 0: the model is untrained, and its outputs are random',
    ]);
  });

  it('prints no warning for a model that was published without its training', async () => {
    await trainNew('trained', ['--max-steps', '2']);
    const run = join(folder, 'published');
    const trained = join(folder, 'trained');
    await cp(trained, run, { recursive: true });
    await rm(join(run, 'checkpoints'), { recursive: true });
    await rm(join(run, 'best.json'), { force: true });
    const weights = 'checkpoints/00000000/model.safetensors';
    await cp(join(trained, 'checkpoints/00000002/model.safetensors'), join(run, weights));
    const words = ['letters', 'sample', '--model', run, '--max-new-tokens', '2', '--seed', '1'];
    expect((await runCommand(words)).stderr).not.toContain('untrained');
  });
});
