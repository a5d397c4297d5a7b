import * as tf from '@tensorflow/tfjs-core';

import { trainingConfig, type TrainingConfig } from '../config/training-config.js';
import { type Clock, memoryTokens } from '../files/bytes.js';
import { createModel, type Model } from '../model/model.js';
import { generate } from '../scheduling/generate.js';
import { parseTrainingState } from './parse-training-state.js';
import { NEW_TRAINING, type TrainingState } from './training-state.js';
import type { JsonObject } from '../files/json.js';
import { cropBatches } from './crop-batches.js';
import { windowBatches } from './evaluation-batches.js';
import { train, type TrainingReport, type TrainingResult } from './train.js';

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

/** A clock that advances by a second at each call. */
function tickingClock(): Clock {
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
    clock?: Clock;
    onStep?: (step: number) => void;
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
  const { state, score, clock = tickingClock() } = extra;
  const training = train({
    model,
    config,
    batches,
    validation,
    score,
    clock,
    state,
    signal,
  });
  const reports: TrainingReport[] = [];
  for (;;) {
    const next = await training.next();
    if (next.done) return { reports, result: next.value };
    reports.push(next.value);
    if (next.value.kind === 'step') extra.onStep?.(next.value.step);
    if (next.value.step === extra.stopAfter) stop.abort();
  }
}

const weightsOf = (model: Model): Float32Array[] =>
  model.parameters.specs.map(({ name }) => model.parameters.read(name));

describe('train', () => {
  it('memorizes a sentence and generates it', async () => {
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

  it('has the same parameters after a stop and a resume as without a stop', async () => {
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

  it('makes the same update from micro-batches as from one large batch', async () => {
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

  it('counts prompts in its speed, but no padding', async () => {
    const weights = Float32Array.of(...[0, 0, 1, 1], ...[0, 1, 0, 0]);
    const ids = new Int32Array(weights.length);
    const batch = { batchSize: 2, tokens: ids, targets: ids, weights };
    const batches = { batch: () => Promise.resolve(batch) };
    const config = trainingConfig({ ...settings, maxSteps: 1 });
    const model = createModel(shape);
    const { value } = await train({ model, config, batches, clock: tickingClock() }).next();
    // The clock advances by one second from the beginning of the step to its end.
    expect(value).toMatchObject({ tokensPerSecond: 4 + 2, state: { tokensSeen: 3 } });
    const stopped = train({ model, config, batches, clock: { now: () => 0 } });
    expect((await stopped.next()).value).toMatchObject({ tokensPerSecond: 6000 });
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

  it('stops after `patience` evaluations without a lower validation loss', async () => {
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

  it('selects the best step by the score with `bestBy: score`, and by the loss if scores are equal', async () => {
    const scores = [0, 0, 7, 3, 7, 5, 6];
    const score = (): Promise<number> => Promise.resolve(scores.shift() ?? 0);
    const config = { bestBy: 'score', evalInterval: 1, patience: 3, maxSteps: 50 } as const;
    const { reports, result } = await run(createModel(shape), config, { validate: true, score });
    const best = reports.flatMap((each) =>
      each.kind === 'evaluation' && each.best ? [[each.step, each.validationScore]] : [],
    );
    // At step 5 the score equals the score at step 3, and the loss is lower.
    expect(best).toEqual([
      [1, 0],
      [2, 0],
      [3, 7],
      [5, 7],
    ]);
    expect(result).toMatchObject({ reason: 'patience', state: { bestScore: 7, bestStep: 5 } });
  });

  it('selects the best step by the loss by default, and records its score', async () => {
    const score = (): Promise<number> => Promise.resolve(1);
    const { result } = await run(createModel(shape), {}, { validate: true, score });
    expect(result.state).toMatchObject({ bestScore: 1, bestStep: 12 });
  });

  it.each([NaN, Infinity])('refuses a score of %d, which no score can exceed', async (got) => {
    const score = (): Promise<number> => Promise.resolve(got);
    const training = run(createModel(shape), { evalInterval: 1 }, { validate: true, score });
    await expect(training).rejects.toThrow(
      new RangeError(`score: expected a finite number, got ${got}`),
    );
  });

  it('stops when its minutes are over, after an evaluation and a checkpoint', async () => {
    const { reports, result } = await run(
      createModel(shape),
      { maxMinutes: 0.2 },
      { validate: true },
    );
    expect(result.reason).toBe('minutes');
    expect(reports.slice(-2).map(({ kind }) => kind)).toEqual(['evaluation', 'checkpoint']);
  });

  describe('if minutes are its only limit', () => {
    /**
     * Trains with a clock that advances a second at each step: 48 of 60 seconds pass before the decay of the
     * last fifth.
     */
    async function runByMinutes(given: Partial<TrainingConfig> = {}, stopAfter?: number) {
      let now = 0;
      const model = createModel(shape, { seed: 1 });
      const limits = { maxSteps: undefined, maxMinutes: 1, ...given };
      const onStep = (): void => void (now += 1000);
      const ended = await run(model, limits, { clock: { now: () => now }, onStep, stopAfter });
      const plans = ended.reports.flatMap((report) => (report.kind === 'plan' ? [report] : []));
      return { ...ended, model, plans };
    }

    it('plans its steps so that the learning rate is at its minimum when they end', async () => {
      const { reports, result, plans, model } = await runByMinutes();
      expect(result.reason).toBe('steps');
      expect(result.state.step).toBeGreaterThan(55);
      expect(result.state.step).toBeLessThanOrEqual(60);
      const rates = reports.flatMap((each) => (each.kind === 'step' ? [each.learningRate] : []));
      expect(rates.at(-1)).toBeCloseTo(trainingConfig().minLearningRate, 12);
      expect(plans.map(({ config }) => config.maxSteps)).toEqual([0, result.state.step]);

      const other = createModel(shape, { seed: 1 });
      const { maxSteps, schedule, warmupSteps } = plans[1].config;
      await run(other, { maxSteps, schedule, warmupSteps });
      expect(weightsOf(other)).toEqual(weightsOf(model));
    });

    it('resumes a stopped run and trains to the planned end', async () => {
      const whole = await runByMinutes();
      const stopped = await runByMinutes({}, 58);
      const { config } = stopped.plans[1];
      await run(stopped.model, config, { state: stopped.result.state });
      expect(weightsOf(stopped.model)).toEqual(weightsOf(whole.model));
    });

    it('leaves the reserved seconds unused', async () => {
      let now = 0;
      const config = trainingConfig({ ...settings, maxSteps: undefined, maxMinutes: 1 });
      const batches = cropBatches(source, { contextLength: 16, batchSize: 4, seed: 3 });
      const options = { model: createModel(shape), config, batches, reservedSeconds: 20 };
      let last = 0;
      for await (const report of train({ ...options, clock: { now: () => now } })) {
        if (report.kind === 'step') now += 1000;
        last = report.step;
      }
      expect(last).toBeGreaterThan(35);
      expect(last).toBeLessThanOrEqual(40);
    });

    it('ends with the minutes if the learning rate does not depend on the number of steps', async () => {
      const { result, plans } = await runByMinutes({ schedule: 'constant' });
      expect([result.reason, result.state.step]).toEqual(['minutes', 60]);
      expect(plans.map(({ config }) => config.maxSteps)).toEqual([0]);
    });

    it('stops during measurements, before another step', async () => {
      const stop = new AbortController();
      const crops = cropBatches(source, { contextLength: 16, batchSize: 4, seed: 3 });
      const batches = {
        batch: (index: number) => {
          stop.abort();
          return crops.batch(index);
        },
      };
      const config = trainingConfig({ ...settings, maxSteps: undefined, maxMinutes: 1 });
      const training = train({
        ...{ model: createModel(shape), config, batches, clock: tickingClock() },
        signal: stop.signal,
      });
      expect(await training.next()).toEqual({
        done: true,
        value: { reason: 'aborted', state: NEW_TRAINING },
      });
    });

    it('restores the model after measurements', async () => {
      const [measured, plain] = [createModel(shape, { seed: 1 }), createModel(shape, { seed: 1 })];
      const extra = { validate: true, stopAfter: 1 };
      await run(measured, { maxSteps: undefined, maxMinutes: 1000 }, extra);
      await run(plain, { maxSteps: 1000, schedule: 'wsd' }, extra);
      expect(weightsOf(measured)).toEqual(weightsOf(plain));
    });
  });

  describe('if its minutes end between two evaluations', () => {
    // The loss stays constant.
    const still = { learningRate: 1e-12, weightDecay: 0, dropout: 0, maxSteps: 20 };
    const patient = { ...still, evalInterval: 2, patience: 3, maxMinutes: 1 };

    /** Trains until the minutes end after a step, and resumes from the saved state. */
    async function stopAndGoOn(
      given: Partial<TrainingConfig>,
      minutesEnd: number,
      scoreAt?: (step: number) => number,
    ): Promise<{ stopped: TrainingState; result: TrainingResult }> {
      const model = createModel(shape);
      let [step, now] = [0, 0];
      const extra = {
        validate: true,
        clock: { now: () => now },
        ...(scoreAt && { score: () => Promise.resolve(scoreAt(step)) }),
        onStep: (done: number) => {
          step = done;
          if (done === minutesEnd) now = 60_000;
        },
      };
      const { result: first, reports } = await run(model, given, extra);
      const saved = reports.at(-1)?.state ?? NEW_TRAINING;
      expect([first.reason, saved]).toEqual(['minutes', first.state]);
      const state = parseTrainingState(JSON.parse(JSON.stringify(saved)) as JsonObject);
      const { result } = await run(model, given, { ...extra, state });
      return { stopped: state, result };
    }

    it('has the same patience as an uninterrupted training', async () => {
      const { result: whole } = await run(createModel(shape), patient, {
        validate: true,
        clock: { now: () => 0 },
      });
      expect(whole).toMatchObject({ reason: 'patience', state: { step: 8 } });
      for (const minutesEnd of [1, 5, 7]) {
        const { result } = await stopAndGoOn(patient, minutesEnd);
        expect(result).toMatchObject({
          reason: 'patience',
          state: { step: 8, evaluationsWithoutImprovement: 3 },
        });
      }
    });

    it('may be the best there, and the next due evaluation still counts as an improvement', async () => {
      const scores: Record<number, number> = { 2: 5, 3: 9, 4: 7 };
      const scoreAt = (step: number): number => scores[step] ?? 1;
      const given = { ...patient, bestBy: 'score' } as const;
      const { stopped, result } = await stopAndGoOn(given, 3, scoreAt);
      expect(stopped).toMatchObject({ bestStep: 3, bestScore: 9, dueScore: 5 });
      expect(result).toMatchObject({
        reason: 'patience',
        state: { step: 10, bestStep: 3, bestScore: 9, dueScore: 7 },
      });
    });

    it('resumes from an old state that has only the best evaluation', async () => {
      const state = { ...NEW_TRAINING, step: 4, bestLoss: 1e-3, bestStep: 2 };
      const old = { ...state, evaluationsWithoutImprovement: 1 };
      const { result } = await run(createModel(shape), patient, {
        state: old,
        validate: true,
        clock: { now: () => 0 },
      });
      expect(result).toMatchObject({ reason: 'patience', state: { step: 8, bestStep: 2 } });
    });
  });

  describe('saving by time', () => {
    /** Returns the steps that are saved by a training whose steps take a minute each. */
    async function saved(given: Partial<TrainingConfig>, clock: Clock): Promise<number[]> {
      const { reports } = await run(createModel(shape, { seed: 1 }), given, { clock });
      return reports.filter(({ kind }) => kind === 'checkpoint').map(({ step }) => step);
    }
    /** A clock whose time depends on the step, which it counts by the requested batches. */
    const clockOf = (times: (call: number) => number): Clock => {
      let call = 0;
      return { now: () => times(call++) };
    };
    const long = { maxSteps: 10, saveInterval: 1000, saveMinutes: 3 };

    it('saves after `saveMinutes` since the last checkpoint, and at the end', async () => {
      const perStep = 7; // number of clock reads in a step without a checkpoint
      const steps = await saved(
        long,
        clockOf((call) => (call / perStep) * 60_000),
      );
      expect(steps.length).toBeGreaterThanOrEqual(3);
      expect(steps.length).toBeLessThanOrEqual(5);
      expect(steps.at(-1)).toBe(10);
      const gaps = steps.map((step, i) => step - (steps[i - 1] ?? 0));
      expect(Math.max(...gaps)).toBeLessThanOrEqual(4);
      expect(
        await saved(
          { ...long, saveMinutes: 0 },
          clockOf((call) => call * 60_000),
        ),
      ).toEqual([10]);
    });

    it('has the same parameters for any saves and any clock', async () => {
      const clocks = [
        () => 0,
        (call: number) => call * 1e6,
        (call: number) => -call * 1e6,
        (call: number) => (call % 3 === 0 ? 1e12 : -1e12) * call,
      ];
      const weights = [];
      for (const times of clocks) {
        const model = createModel(shape, { seed: 1 });
        const { reports, result } = await run(
          model,
          { ...long, warmupSteps: 2 },
          {
            clock: clockOf(times),
            validate: true,
          },
        );
        for (const { state } of reports) {
          expect(parseTrainingState(state as unknown as JsonObject)).toMatchObject({
            step: state.step,
          });
        }
        expect(result.reason).toBe('steps');
        weights.push(weightsOf(model));
      }
      for (const other of weights) expect(other).toEqual(weights[0]);
    });
  });

  it('throws if the loss is NaN, before it changes the parameters', async () => {
    const model = createModel(shape, { seed: 1 });
    const gain = model.parameters.read('finalNorm.gain');
    model.parameters.write('finalNorm.gain', gain.fill(NaN));
    const before = weightsOf(model);
    await expect(run(model, {})).rejects.toThrow(
      'loss: expected a finite number, got NaN at step 1 (gradient norm NaN, learning rate 0.000333',
    );
    expect(weightsOf(model)).toEqual(before);
  });

  it('names the strategy that local updates require', async () => {
    const model = createModel(shape, { seed: 1 });
    await expect(run(model, { syncEvery: 5 })).rejects.toThrow(
      new RangeError(
        'syncEvery: expected 0 for a training without a strategy, got 5; ' +
          'pass strategy: localUpdates(ranks) of @ramble/parallel, or set syncEvery to 0',
      ),
    );
  });

  it('disposes of all tensors', async () => {
    const model = createModel(shape, { seed: 1 });
    await run(model, { maxSteps: 2 });
    const before = tf.memory().numTensors;
    await run(model, { maxSteps: 100, batchSize: 1 }, { state: { ...NEW_TRAINING, step: 2 } });
    expect(tf.memory().numTensors).toBeLessThanOrEqual(before);
  });
});
