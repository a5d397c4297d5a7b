import * as tf from '@tensorflow/tfjs-core';

import { trainingConfig, type TrainingConfig } from '../config/training-config.js';
import { memoryTokens } from '../files/token-source.js';
import { createModel, type Model } from '../model/model.js';
import { generate } from '../sampling/generate.js';
import { cropBatches } from './crop-batches.js';
import { windowBatches } from './evaluation-batches.js';
import { train, type TrainingReport, type TrainingResult } from './train.js';
import { NEW_TRAINING, type TrainingState } from './training-state.js';

const SENTENCE = 'call me ishmael. some years ago, never mind how long. ';
const text = Array.from(SENTENCE.repeat(8), (character) => character.charCodeAt(0) & 31);
const shape = { vocabSize: 32, contextLength: 16, nLayer: 1, nHead: 2, nEmbd: 24 };
const source = memoryTokens(text);

const settings = {
  batchSize: 4,
  maxSteps: 12,
  warmupSteps: 2,
  evalInterval: 4,
  saveInterval: 5,
  dropout: 0.1,
  seed: 3,
} as const;

/** A clock that says a second has passed each time it is asked. */
function tickingClock(): { now(): number } {
  let elapsed = 0;
  return { now: () => (elapsed += 1000) };
}

async function run(
  model: Model,
  given: Partial<TrainingConfig>,
  extra: {
    state?: TrainingState;
    stopAfter?: number;
    validate?: boolean;
    score?: () => Promise<number>;
  } = {},
): Promise<{ reports: TrainingReport[]; result: TrainingResult }> {
  const config = trainingConfig({ ...settings, ...given });
  const { batchSize, seed } = config;
  const validation = extra.validate
    ? () => windowBatches(source, { contextLength: 16, batchSize })
    : undefined;
  const batches = cropBatches(source, { contextLength: 16, batchSize, seed });
  const stop = new AbortController();
  const { signal } = stop;
  const { state, score } = extra;
  const training = train({
    model,
    config,
    batches,
    validation,
    score,
    clock: tickingClock(),
    state,
    signal,
  });
  const reports: TrainingReport[] = [];
  for (;;) {
    const next = await training.next();
    if (next.done) return { reports, result: next.value };
    reports.push(next.value);
    if (next.value.step === extra.stopAfter) stop.abort();
  }
}

const weightsOf = (model: Model): Float32Array[] =>
  model.parameters.specs.map(({ name }) => model.parameters.read(name));

describe('train', () => {
  it('learns a sentence by heart and writes it', async () => {
    const model = createModel(shape, { seed: 1 });
    const { reports, result } = await run(model, {
      maxSteps: 200,
      learningRate: 0.01,
      dropout: 0,
    });
    expect(result.reason).toBe('steps');
    const losses = reports.flatMap((report) => (report.kind === 'step' ? [report.loss] : []));
    expect(losses[0]).toBeGreaterThan(3);
    expect(losses.at(-1)).toBeLessThan(0.3);
    const written: number[] = [];
    const prompt = { tokens: text.slice(0, 8) };
    for await (const event of generate(model, prompt, { method: 'greedy', maxNewTokens: 40 })) {
      if (event.kind === 'token') written.push(event.token);
    }
    expect(written).toEqual(text.slice(8, 48));
  });

  it('gives the same parameters when it stops and goes on as in one go', async () => {
    const whole = createModel(shape, { seed: 1 });
    await run(whole, {});
    const halves = createModel(shape, { seed: 1 });
    const { result } = await run(
      halves,
      { maxSteps: 12, saveInterval: 1 },
      { state: NEW_TRAINING, stopAfter: 5 },
    );
    expect(result).toMatchObject({ reason: 'aborted', state: { step: 5 } });
    await run(halves, {}, { state: result.state });
    expect(weightsOf(halves)).toEqual(weightsOf(whole));
  });

  it('adds up micro-batches to the same update as one large batch', async () => {
    const [one, four] = [createModel(shape, { seed: 1 }), createModel(shape, { seed: 1 })];
    const config = { ...settings, dropout: 0, maxSteps: 1, warmupSteps: 0 };
    const large = trainingConfig({ ...config, batchSize: 8 });
    const small = trainingConfig({ ...config, batchSize: 2, gradAccumSteps: 4 });
    const crops = cropBatches(source, { contextLength: 16, batchSize: 8, seed: 0 });
    const batch = await crops.batch(0);
    const part = (index: number) => ({
      batchSize: 2,
      tokens: batch.tokens.slice(index * 32, index * 32 + 32),
      targets: batch.targets.slice(index * 32, index * 32 + 32),
      weights: batch.weights.slice(index * 32, index * 32 + 32),
    });
    const clock = tickingClock();
    const largeRun = train({ model: one, config: large, batches: crops, clock });
    const batches = { batch: (index: number) => Promise.resolve(part(index)) };
    const smallRun = train({ model: four, config: small, batches, clock });
    const [a, b] = [(await largeRun.next()).value, (await smallRun.next()).value];
    expect(b).toMatchObject({ kind: 'step' });
    expect((a as { loss: number }).loss).toBeCloseTo((b as { loss: number }).loss, 5);
    weightsOf(four).forEach((values, i) => {
      expect(values).toBeAllClose(weightsOf(one)[i], { atol: 1e-5 });
    });
  });

  it('counts prompts in its speed, and no padding', async () => {
    const weights = Float32Array.of(...[0, 0, 1, 1], ...[0, 1, 0, 0]);
    const ids = new Int32Array(weights.length);
    const batch = { batchSize: 2, tokens: ids, targets: ids, weights };
    const batches = { batch: () => Promise.resolve(batch) };
    const config = trainingConfig({ ...settings, maxSteps: 1 });
    const model = createModel(shape);
    const { value } = await train({ model, config, batches, clock: tickingClock() }).next();
    // The clock goes on by one second from the beginning of the step to its end.
    expect(value).toMatchObject({ tokensPerSecond: 4 + 2, state: { tokensSeen: 3 } });
    model.dispose();
  });

  it('evaluates and saves when they are due, at a new best and at the end', async () => {
    const { reports } = await run(createModel(shape), {}, { validate: true });
    const at = (kind: TrainingReport['kind']): number[] =>
      reports.flatMap((report) => (report.kind === kind ? [report.step] : []));
    expect(at('step')).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(at('evaluation')).toEqual([4, 8, 12]);
    expect(at('checkpoint')).toEqual([4, 5, 8, 10, 12]);
    const last = reports.at(-1);
    expect(last?.state).toMatchObject({ step: 12, bestStep: 12, tokensSeen: 12 * 64 });
  });

  it('stops when the validation loss has not fallen for so many evaluations', async () => {
    const config = {
      learningRate: 1e-12,
      weightDecay: 0,
      evalInterval: 1,
      patience: 2,
      maxSteps: 50,
    };
    const { result } = await run(createModel(shape), config, { validate: true });
    expect(result.reason).toBe('patience');
    expect(result.state.evaluationsWithoutImprovement).toBe(2);
  });

  it('goes by a score of what the model writes, where it is told, and by the loss of equal ones', async () => {
    const scores = [0, 0, 7, 3, 7, 5, 6];
    const score = (): Promise<number> => Promise.resolve(scores.shift() ?? 0);
    const config = { bestBy: 'score', evalInterval: 1, patience: 3, maxSteps: 50 } as const;
    const { reports, result } = await run(createModel(shape), config, { validate: true, score });
    const best = reports.flatMap((each) =>
      each.kind === 'evaluation' && each.best ? [[each.step, each.validationScore]] : [],
    );
    // At step 5 the score is that of step 3, and the loss is lower.
    expect(best).toEqual([
      [1, 0],
      [2, 0],
      [3, 7],
      [5, 7],
    ]);
    expect(result).toMatchObject({ reason: 'patience', state: { bestScore: 7, bestStep: 5 } });
  });

  it('tells the score and goes by the loss otherwise', async () => {
    const score = (): Promise<number> => Promise.resolve(1);
    const { result } = await run(createModel(shape), {}, { validate: true, score });
    expect(result.state).toMatchObject({ bestScore: 1, bestStep: 12 });
  });

  it('stops when its minutes are over, saved and evaluated', async () => {
    const { reports, result } = await run(
      createModel(shape),
      { maxMinutes: 0.2 },
      { validate: true },
    );
    expect(result.reason).toBe('minutes');
    expect(reports.slice(-2).map(({ kind }) => kind)).toEqual(['evaluation', 'checkpoint']);
  });

  it('throws when the loss is no number, before it reaches the parameters', async () => {
    const model = createModel(shape, { seed: 1 });
    const gain = model.parameters.read('finalNorm.gain');
    model.parameters.write('finalNorm.gain', gain.fill(NaN));
    const before = weightsOf(model);
    await expect(run(model, {})).rejects.toThrow(
      'loss: expected a finite number, got NaN at step 1 (gradient norm NaN, learning rate 0.000333',
    );
    expect(weightsOf(model)).toEqual(before);
  });

  it('leaves no tensor behind', async () => {
    const model = createModel(shape, { seed: 1 });
    await run(model, { maxSteps: 2 });
    const before = tf.memory().numTensors;
    await run(model, { maxSteps: 100, batchSize: 1 }, { state: { ...NEW_TRAINING, step: 2 } });
    expect(tf.memory().numTensors).toBeLessThanOrEqual(before);
  });
});
