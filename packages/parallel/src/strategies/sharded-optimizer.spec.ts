import { createHash } from 'node:crypto';

import {
  createModel,
  cropBatches,
  memoryTokens,
  type Model,
  train,
  trainingConfig,
  type TrainingConfig,
  TrainingDivergedError,
  type TrainingState,
} from '@ramble/core';
import { chunkEnds, type Slot, slotsOf } from '@ramble/core/training';
import { type ParameterSpec, sizeOf } from '@ramble/core/engine';

import { inMemoryRanks, type Ranks } from '../ranks/ranks.js';
import { keepOwnSlots, piecesOf, sharedBuckets, slotReader } from './sharded-optimizer.js';
import { strategyFor } from './strategy-for.js';

/** A shape whose embedding has a little more than two chunks, so that it is cut. */
const shape = { vocabSize: 2200, contextLength: 8, nLayer: 1, nHead: 2, nEmbd: 64 };
const source = memoryTokens(Array.from({ length: 300 }, (_, i) => (i * i * i + 7 * i) % 2200));
const ADAMW = { optimizer: 'adamw', gradClip: 0.3 } as const;
const SGD = { optimizer: 'sgd', momentum: 0.9, nesterov: true, gradClip: 0.3 } as const;

interface Given {
  readonly model: Model;
  readonly until: number;
  readonly training: Partial<TrainingConfig>;
  readonly state?: TrainingState;
  readonly ranks?: Ranks;
  readonly shardOptimizer?: boolean;
}

/** Trains to a step; returns the state, the norms of all updates, and the numbers of values and whole slots. */
async function run({ model, until, training, state, ranks, shardOptimizer }: Given) {
  const config = trainingConfig({
    ...{ batchSize: 1, gradAccumSteps: 4, maxSteps: 4, dropout: 0.1, seed: 3 },
    ...training,
  });
  const batches = cropBatches(source, { contextLength: 8, batchSize: 1, seed: 3 });
  const norms: number[] = [];
  let last = state;
  const clock = { now: () => 0 };
  for await (const report of train({
    model,
    config,
    batches,
    clock,
    state,
    strategy: strategyFor(ranks, { shardOptimizer }),
  })) {
    last = report.state;
    if (report.kind === 'step') norms.push(report.gradientNorm);
    if (report.step === until) break;
  }
  const { parameters } = model;
  const whole = ranks && shardOptimizer ? slotReader(ranks, parameters) : undefined;
  const numbers = new Map<string, Float32Array>();
  for (const { name } of parameters.specs) {
    numbers.set(name, parameters.read(name));
    for (const slot of slotsOf(config.optimizer === 'sgd' ? 'sgd' : 'adam')) {
      numbers.set(`${name}.${slot}`, (await whole?.(name, slot)) ?? parameters.read(name, slot));
    }
  }
  return { state: last, norms, numbers, sha256: hashOf(numbers) };
}

function hashOf(numbers: ReadonlyMap<string, Float32Array>): string {
  const hash = createHash('sha256');
  for (const values of numbers.values()) hash.update(values);
  return hash.digest('hex');
}

/** Makes a model with the numbers at the end of a run. */
function modelOf(numbers?: ReadonlyMap<string, Float32Array>): Model {
  const model = createModel(shape, { seed: 1 });
  for (const [path, values] of numbers ?? []) {
    const [, name, slot] = /^(.*?)(?:\.(mean|variance))?$/.exec(path) ?? [];
    model.parameters.write(name, values, slot as Slot | undefined); // matched by the expression
  }
  return model;
}

describe('ranks that shard the optimizer', () => {
  it('cut the largest parameter of this test', () => {
    const { specs } = modelOf().parameters;
    const bucket = sharedBuckets(specs, 4).find((each) => each.specs[0].shape[0] === 2200);
    expect(new Set(bucket?.ends).size).toBe(3);
  });

  it.each([
    ['AdamW', ADAMW],
    ['SGD', SGD],
  ])(
    'have the same bits as one process with %s, clipped, from 2 ranks to 4 to 1, sharded or not',
    async (_, training) => {
      const alone = await run({ model: modelOf(), until: 4, training });
      expect(Math.min(...alone.norms)).toBeGreaterThan(training.gradClip);
      let numbers: ReadonlyMap<string, Float32Array> | undefined;
      let state: TrainingState | undefined;
      const norms: number[] = [];
      for (const [count, until, shardOptimizer] of [
        [2, 1, true],
        [4, 2, false],
        [4, 3, true],
      ] as const) {
        const before = { numbers, state };
        const all = await Promise.all(
          inMemoryRanks(count).map((ranks) => {
            const model = modelOf(before.numbers);
            return run({ model, state: before.state, until, training, ranks, shardOptimizer });
          }),
        );
        expect(new Set(all.map(({ sha256 }) => sha256)).size).toBe(1);
        expect(all.map((each) => each.norms)).toEqual(all.map(() => all[0].norms));
        [{ numbers, state }] = all;
        norms.push(...all[0].norms);
      }
      const last = await run({ model: modelOf(numbers), state, until: 4, training });
      expect([...norms, ...last.norms]).toEqual(alone.norms);
      expect(last.sha256).toBe(alone.sha256);
    },
  );

  it('keep only the moments of their part', () => {
    const kept = [0, 1].map((rank) => {
      const { parameters } = modelOf();
      const { specs } = parameters;
      for (const { name } of specs) parameters.write(name, parameters.read(name).fill(1), 'mean');
      keepOwnSlots(parameters, { rank, count: 2 });
      expect(() =>
        parameters.update({}, { ...SGD, kind: 'sgd', learningRate: 1, weightDecay: 0 }, 0),
      ).toThrow(
        'parameters: expected the moments of all of them to update, got those of one rank; load a checkpoint',
      );
      return specs.map(({ name }) => parameters.read(name, 'mean').reduce((sum, one) => sum + one));
    });
    const total = kept.flat().reduce((sum, one) => sum + one);
    const { parameters } = modelOf();
    expect(kept[0].map((count, i) => count + kept[1][i])).toEqual(
      parameters.specs.map(({ name }) => parameters.read(name).length),
    );
    for (const own of kept) {
      expect(own.reduce((sum, one) => sum + one) / total).toBeGreaterThan(0.3);
    }
  });

  it('diverge together', async () => {
    const training = { learningRate: 1e30, warmupSteps: 0, gradClip: 0 };
    const results = await Promise.allSettled(
      inMemoryRanks(2).map((ranks) =>
        run({ model: modelOf(), until: 4, training, ranks, shardOptimizer: true }),
      ),
    );
    const reasons = results.map((result) => result.status === 'rejected' && String(result.reason));
    expect(reasons[0]).toContain(TrainingDivergedError.name);
    expect(reasons[1]).toBe(reasons[0]);
  });

  it('require an engine that can update a part', () => {
    const { specs } = modelOf().parameters;
    const whole = { ...modelOf().parameters, specs, pieces: undefined };
    expect(() => keepOwnSlots(whole, { rank: 0, count: 2 })).toThrow(
      new TypeError(
        'shardOptimizer: expected an engine that can update a part of the parameters (native, wasm or cpu), got cpu',
      ),
    );
  });
});

const weight = (name: string, shape: readonly number[]): ParameterSpec => {
  return { name, shape, initializer: { kind: 'constant', value: 0 } };
};

const [UPDATE_CHUNK] = chunkEnds([weight('long', [2 ** 20])]);

/** Shapes with the widths of GPT-2's matrices, but fewer matrices. */
const specs: readonly ParameterSpec[] = [
  weight('tokens', [3001, 768]),
  ...Array.from({ length: 12 }, (_, i) => [
    weight(`${i}.qkv`, [768, 2304]),
    weight(`${i}.bias`, [2304]),
    weight(`${i}.up`, [768, 3072]),
    weight(`${i}.gain`, [768]),
  ]).flat(),
];
const total = specs.reduce((sum, { shape }) => sum + sizeOf(shape), 0);

describe('buckets that are divided among ranks', () => {
  it.each([1, 2, 3, 8, 64])('are divided completely among %i ranks', (count) => {
    const buckets = sharedBuckets(specs, count);
    let from = total;
    for (const bucket of buckets) {
      const pieces = bucket.ends.flatMap((_, rank) => piecesOf(bucket, rank));
      expect(pieces[0].start).toBe(bucket.start);
      pieces.forEach(({ end }, i) => {
        expect(end).toBe(i === pieces.length - 1 ? from : pieces[i + 1].start);
      });
      from = bucket.start;
    }
    expect(from).toBe(0);
  });

  it('are cut between chunks of a parameter', () => {
    const firstOf = new Map<string, number>();
    let next = 0;
    for (const { name, shape } of specs) {
      firstOf.set(name, next);
      next += sizeOf(shape);
    }
    for (const bucket of sharedBuckets(specs, 8)) {
      for (let rank = 0; rank < 8; rank++) {
        for (const { name, start } of piecesOf(bucket, rank)) {
          expect((start - (firstOf.get(name) ?? 0)) % UPDATE_CHUNK).toBe(0);
        }
      }
    }
  });

  it.each([2, 4, 8, 64])('have parts of about the same size for %i ranks', (count) => {
    const buckets = sharedBuckets(specs, count);
    const sizes = Array.from({ length: count }, (_, rank) =>
      buckets
        .flatMap((bucket) => piecesOf(bucket, rank))
        .reduce((sum, { start, end }) => sum + end - start, 0),
    );
    expect(Math.max(...sizes)).toBeLessThan(total / count + 2 * UPDATE_CHUNK);
  });
});
