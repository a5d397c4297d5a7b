import { createHash } from 'node:crypto';

import {
  type BatchSource,
  createModel,
  cropBatches,
  memoryTokens,
  type Model,
  packExamples,
  train,
  trainingConfig,
  type TrainingConfig,
  TrainingDivergedError,
  type TrainingReport,
  type TrainingState,
} from '@ramble/core';
import { createParameterStore } from '@ramble/core/engine';
import { type Slot, trainingSlots } from '@ramble/core/training';

import { inMemoryRanks, type Ranks } from '../ranks/ranks.js';
import { localUpdates, outerOptimizer } from './local-updates.js';
import { strategyFor } from './strategy-for.js';

const shape = { vocabSize: 23, contextLength: 8, nLayer: 1, nHead: 2, nEmbd: 12 };
const source = memoryTokens(Array.from({ length: 300 }, (_, i) => (i * i + (i % 7)) % 23));
const settings = { batchSize: 1, gradAccumSteps: 4, maxSteps: 6, seed: 3 } as const;

interface Given {
  readonly training: Partial<TrainingConfig>;
  readonly ranks?: Ranks;
  readonly model?: Model;
  readonly state?: TrainingState;
  readonly batches?: BatchSource;
  readonly signal?: AbortSignal;
  readonly onReport?: (report: TrainingReport) => void;
}

async function run({ training, model = newModel(), ranks, onReport, ...given }: Given) {
  const config = trainingConfig({ ...settings, ...training });
  const batches = cropBatches(source, { contextLength: 8, batchSize: 1, seed: 3 });
  const reports: TrainingReport[] = [];
  const strategy = strategyFor(ranks);
  const steps = train({ model, config, batches, clock: { now: () => 0 }, strategy, ...given });
  for await (const report of steps) {
    reports.push(report);
    onReport?.(report);
  }
  return { model, reports, config };
}

const newModel = (): Model => createModel(shape, { seed: 1 });

const onRanks = (count: number, given: (rank: number) => Given) =>
  Promise.all(inMemoryRanks(count).map((ranks, i) => run({ ...given(i), ranks })));

const stepsOf = (reports: readonly TrainingReport[]) =>
  reports.flatMap((report) => (report.kind === 'step' ? [report] : []));

/** Returns SHA-256 of some numbers of all parameters. */
function hashOf({ parameters }: Model, slots: readonly (Slot | undefined)[]): string {
  const hash = createHash('sha256');
  for (const { name } of parameters.specs) {
    for (const slot of slots) hash.update(parameters.read(name, slot));
  }
  return hash.digest('hex');
}

describe('ranks that make updates alone', () => {
  const PLAIN = { optimizer: 'sgd', gradClip: 0, learningRate: 0.1, warmupSteps: 0 } as const;

  it('are plain SGD if they synchronize after each update, with an outer rate of 1 and no momentum', async () => {
    const together = await run({ training: PLAIN });
    const outer = { syncEvery: 1, outerLearningRate: 1, outerMomentum: 0 };
    for (const { model, reports } of await onRanks(4, () => ({
      training: { ...PLAIN, ...outer },
    }))) {
      for (const { name } of model.parameters.specs) {
        expect(model.parameters.read(name)).toBeAllClose(together.model.parameters.read(name), {
          atol: 1e-6,
        });
      }
      const losses = stepsOf(reports).map(({ loss }) => loss);
      expect(losses).toBeAllClose(
        stepsOf(together.reports).map(({ loss }) => loss),
        { rtol: 1e-5 },
      );
    }
  });

  it('have the same parameters after each round, and separate moments', async () => {
    const training = { syncEvery: 3, maxSteps: 5, dropout: 0.1 };
    const all = await onRanks(2, () => ({ training }));
    expect(hashOf(all[1].model, [undefined, 'outer'])).toBe(
      hashOf(all[0].model, [undefined, 'outer']),
    );
    expect(hashOf(all[1].model, ['mean'])).not.toBe(hashOf(all[0].model, ['mean']));
    const kinds = all[0].reports.map(({ kind, step }) => `${kind} ${step}`);
    expect(kinds.filter((kind) => kind.startsWith('checkpoint'))).toEqual(['checkpoint 5']);
    expect(stepsOf(all[1].reports)).toEqual(stepsOf(all[0].reports));
    expect(stepsOf(all[0].reports).map(({ step }) => step)).toEqual([1, 2, 3, 4, 5]);
  });

  it('save after the round in which a checkpoint is due', async () => {
    const training = { syncEvery: 3, maxSteps: 12, saveInterval: 4 };
    const [{ reports }] = await onRanks(2, () => ({ training }));
    const saved = reports.flatMap(({ kind, step }) => (kind === 'checkpoint' ? [step] : []));
    expect(saved).toEqual([6, 9, 12]);
  });

  it('continue from the end of a round with the same bits as an uninterrupted run', async () => {
    const training = { syncEvery: 2, maxSteps: 6, dropout: 0.1 };
    const whole = await onRanks(2, () => ({ training }));
    const stops = [0, 1].map(() => new AbortController());
    const first = await onRanks(2, (rank) => ({
      training,
      signal: stops[rank].signal,
      onReport: ({ kind, step }) => {
        if (kind === 'step' && step === 1) stops[1].abort();
      },
    }));
    const state = first[0].reports.at(-1)?.state;
    expect(state?.step).toBe(4); // the round in progress is the last one
    const slots = [undefined, ...trainingSlots(first[0].config).map(({ slot }) => slot)];
    const last = await onRanks(2, (rank) => {
      const model = newModel();
      for (const { name } of model.parameters.specs) {
        for (const slot of slots) {
          model.parameters.write(name, first[rank].model.parameters.read(name, slot), slot);
        }
      }
      return { training, model, state };
    });
    last.forEach(({ model }, rank) => {
      expect(hashOf(model, slots)).toBe(hashOf(whole[rank].model, slots));
    });
  });

  it('diverge together when one of them does', async () => {
    const outcomes = await Promise.allSettled(
      inMemoryRanks(2).map((ranks, rank) => {
        const model = newModel();
        const { parameters } = model;
        const [{ name }] = parameters.specs;
        if (rank === 1) parameters.write(name, parameters.read(name).fill(Infinity));
        return run({ training: { syncEvery: 3 }, ranks, model });
      }),
    );
    const reasons = outcomes.map((each) => each.status === 'rejected' && (each.reason as unknown));
    expect(reasons[0]).toBeInstanceOf(TrainingDivergedError);
    expect(String(reasons[1])).toBe(String(reasons[0]));
  });

  it('have the same bits as training without ranks if there is one rank', async () => {
    const training = { syncEvery: 3, dropout: 0.1 };
    const [alone, [one]] = [await run({ training }), await onRanks(1, () => ({ training }))];
    const slots = [undefined, ...trainingSlots(alone.config).map(({ slot }) => slot)];
    expect(hashOf(one.model, slots)).toBe(hashOf(alone.model, slots));
    const extrasOf = (reports: readonly TrainingReport[]) =>
      stepsOf(reports).map(({ summedBytes }) => summedBytes);
    expect(extrasOf(alone.reports)).toEqual(new Array(6).fill(undefined));
    expect(extrasOf(one.reports).map((bytes) => bytes === 0)).toEqual([
      ...[true, true, false, true, true, false],
    ]);
  });

  it('report the rewards of the pairs of all ranks', async () => {
    const answer = (...tokens: number[]) => ({ tokens, lossWeights: [0, 1, 1] });
    const pairOf = (index: number) =>
      packExamples([{ ...answer(index % 9, 3, 8), rejected: answer(index % 9, 5, index % 7) }], 8);
    const batches: BatchSource = { batch: (index) => Promise.resolve(pairOf(index)) };
    // The parameters hardly change, so that the rewards are the same as without local updates.
    const training = { preference: 'orpo', learningRate: 1e-12, maxSteps: 2 } as const;
    const alone = stepsOf((await run({ training, batches })).reports);
    const together = await onRanks(2, () => ({ training: { ...training, syncEvery: 2 }, batches }));
    expect(new Set(alone.map(({ rewardAccuracy }) => rewardAccuracy)).size).toBe(2);
    for (const { reports } of together) {
      stepsOf(reports).forEach(({ rewardMargin, rewardAccuracy }, i) => {
        expect(rewardMargin).toBeCloseTo(alone[i].rewardMargin!, 6);
        expect(rewardAccuracy).toBe(alone[i].rewardAccuracy);
      });
    }
  });

  it('require a number of updates between outer steps', async () => {
    const config = trainingConfig(settings);
    const batches = cropBatches(source, { contextLength: 8, batchSize: 1, seed: 3 });
    const options = { model: newModel(), config, batches, clock: { now: () => 0 } };
    await expect(train({ ...options, strategy: localUpdates() }).next()).rejects.toThrow(
      new RangeError('syncEvery: expected at least 1 for local updates, got 0'),
    );
  });

  it('do not shard the optimizer', async () => {
    const [ranks] = inMemoryRanks(1);
    const config = trainingConfig({ ...settings, syncEvery: 5 });
    const batches = cropBatches(source, { contextLength: 8, batchSize: 1, seed: 3 });
    const options = { model: newModel(), config, batches, clock: { now: () => 0 } };
    const strategy = strategyFor(ranks, { shardOptimizer: true });
    await expect(train({ ...options, strategy }).next()).rejects.toThrow(
      new RangeError(
        'syncEvery: expected 0 with shardOptimizer, as moments of ranks that train alone are their own, got 5',
      ),
    );
  });
});

describe('outerOptimizer', () => {
  it('takes Nesterov steps from the mean change of the ranks', async () => {
    const spec = { name: 'w', shape: [2], initializer: { kind: 'constant', value: 0 } } as const;
    const config = { outerLearningRate: 0.5, outerMomentum: 0.5 };
    const values = await Promise.all(
      inMemoryRanks(2).map(async (ranks, rank) => {
        const store = createParameterStore([spec]);
        store.write('w', Float32Array.of(8, 0));
        const outerStep = outerOptimizer(store, ranks, config);
        // Calculated by hand: d = (2, 0), v = d, w = 8 - 0.5 (2 + 0.5 * 2) = 6.5
        store.write('w', rank === 0 ? Float32Array.of(5, 1) : Float32Array.of(7, -1));
        await outerStep();
        expect([...store.read('w')]).toEqual([6.5, 0]);
        // d = (1, -4), v = 0.5 * (2, 0) + d = (2, -4), w -= 0.5 (d + 0.5 v): 6.5 - 1, 0 + 3
        store.write('w', rank === 0 ? Float32Array.of(6.5, 2) : Float32Array.of(4.5, 6));
        await outerStep();
        return [...store.read('w'), ...store.read('w', 'outer')];
      }),
    );
    expect(values).toEqual([
      [5.5, 3, 2, -4],
      [5.5, 3, 2, -4],
    ]);
  });
});
