import {
  createModel,
  type Model,
  type ModelConfig,
  type TrainingBatch,
  trainingConfig,
  type TrainingConfig,
} from '@ramble/core';
import type { ParameterUpdate } from '@ramble/core/engine';
import { ARCHITECTURES } from '@ramble/core/model';
import {
  createLearner,
  type LossAndGradients,
  lossAndGradients,
  OPTIMIZERS,
  type UpdateRule,
} from '@ramble/core/training';
import { gradientBuckets, wholeShare } from '@ramble/core/training';
import * as tf from '@tensorflow/tfjs-core';

import { nativeEngine } from '../engine.js';

const [V, T] = [65, 24];
const SIZE = { vocabSize: V, contextLength: T, nLayer: 2, nHead: 4, nEmbd: 32 };
const LLAMA = { ...SIZE, ...ARCHITECTURES.llama };

beforeAll(() => nativeEngine.load());

function batchOf(rows: number, length: number, seed: number, hasPadding = false): TrainingBatch {
  const ids = (factor: number): Int32Array =>
    Int32Array.from({ length: rows * length }, (_, i) => (factor * i + seed) % V);
  return {
    batchSize: rows,
    tokens: ids(7),
    targets: ids(11),
    weights: Float32Array.from({ length: rows * length }, (_, i) => (i % 5 === 0 ? 0.5 : 1)),
    ...(hasPadding && {
      lengths: Int32Array.from({ length: rows }, (_, row) => length - 5 * row),
      prefixLengths: new Int32Array(rows),
    }),
  };
}

function numbersOf({ loss, gradients }: LossAndGradients): Record<string, unknown> {
  const numbers = Object.entries(gradients).map(([name, gradient]) => [
    name,
    gradient.dataSync().slice(),
  ]);
  return { loss, ...(Object.fromEntries(numbers) as Record<string, unknown>) };
}

/** Returns the results of the same updates by the tape and by the learner. */
function both(
  model: Model,
  config: TrainingConfig,
  updates: readonly (readonly TrainingBatch[])[],
): { taped: unknown[]; learned: unknown[]; ranPrograms: boolean } {
  const learner = createLearner(model);
  const seen = new Set<unknown>();
  const learned = updates.map((batches, i) => {
    const result = learner.lossAndGradients(batches, config, i * config.gradAccumSteps);
    seen.add(result.gradients);
    return numbersOf(result);
  });
  learner.dispose();
  const taped = updates.map((batches, i) => {
    const result = lossAndGradients(model, batches, config, i * config.gradAccumSteps);
    const numbers = numbersOf(result);
    tf.dispose(result.gradients);
    return numbers;
  });
  return { taped, learned, ranPrograms: seen.size < updates.length };
}

describe('a training program', () => {
  it.each<[string, Partial<ModelConfig>, Partial<TrainingConfig>]>([
    ['GPT-2', SIZE, {}],
    ['dropout', SIZE, { dropout: 0.2 }],
    ['activations computed again', SIZE, { recompute: true, dropout: 0.1 }],
    ['smoothed targets', SIZE, { labelSmoothing: 0.1, zLoss: 1e-3 }],
    ['R-Drop', LLAMA, { dropout: 0.2, rDrop: 2, labelSmoothing: 0.1, zLoss: 1e-3 }],
    ['losses of every layer', SIZE, { intermediateLosses: true }],
    ['Llama', LLAMA, {}],
    ['shared and normed heads', { ...LLAMA, nKvHead: 2, queryKeyNorm: 'head' }, { dropout: 0.1 }],
    [
      'norms around, scales and caps, an own head',
      {
        ...{ ...LLAMA, normPlace: 'around', embeddingScale: 3, logitCap: 20, scoreCap: 10 },
        tiedHead: false,
      },
      {},
    ],
    ['relative attention', { ...SIZE, attention: 'relative' }, { dropout: 0.1 }],
    ['local attention', { ...SIZE, attention: 'local', localBlock: 8 }, {}],
    ['a window', { ...LLAMA, attention: 'causal,window', window: 5 }, {}],
    ['prefixes', { ...SIZE, attention: 'prefix' }, {}],
  ])('has the same bits as the tape: %s', (_, model, training) => {
    const config = { ...trainingConfig({ ...training, maxSteps: 10, gradAccumSteps: 2 }), seed: 7 };
    const { taped, learned, ranPrograms } = both(createModel(model, { seed: 3 }), config, [
      [batchOf(3, T, 0), batchOf(3, T, 1)],
      [batchOf(3, T, 2, true), batchOf(2, 20, 3)],
      [batchOf(1, 1, 4)],
      [batchOf(3, T, 5), batchOf(3, T, 6)],
    ]);
    expect(ranPrograms).toBe(true);
    expect(learned).toEqual(taped);
  });

  it('sums any number of micro-batches in the same order as the tape', () => {
    const config = { ...trainingConfig({ maxSteps: 10, dropout: 0.1 }), seed: 7 };
    const updates = [1, 2, 3, 8, 5, 1].map((count, n) =>
      Array.from({ length: count }, (_, i) => batchOf(2, T, 10 * n + i)),
    );
    const { taped, learned } = both(createModel(SIZE, { seed: 3 }), config, updates);
    expect(learned).toEqual(taped);
  });

  it('passes gradients bucket by bucket, each complete while earlier layers are computed', () => {
    const model = createModel({ ...SIZE, nLayer: 3, nEmbd: 160, mlpDim: 640 }, { seed: 3 });
    const config = { ...trainingConfig({ maxSteps: 10, dropout: 0.1 }), seed: 7 };
    const batches = Array.from({ length: 4 }, (_, i) => batchOf(2, T, i));
    const part = { share: wholeShare(4), totals: { next: 100, second: 0 } };
    const learner = createLearner(model);
    const passed: Float32Array[] = [];
    const copies: Float32Array[] = [];
    const learned = learner.lossAndGradients(batches, config, 0, undefined, {
      ...part,
      onSummed: (gradients) => {
        passed.push(gradients);
        copies.push(gradients.slice());
      },
    });
    const buckets = gradientBuckets(model.parameters.specs);
    expect(buckets.length).toBeGreaterThan(3);
    expect(passed.map(({ length }) => length)).toEqual(
      buckets.map(({ start, end }) => end - start),
    );
    expect(copies).toEqual(passed); // nothing was added after the call
    buckets.forEach(({ specs }, i) => {
      const numbers = specs.flatMap(({ name }) => [...learned.gradients[name].dataSync()]);
      expect(passed[i]).toEqual(Float32Array.from(numbers));
    });
    const taped = lossAndGradients(model, batches, config, 0, undefined, part);
    expect(numbersOf(learned)).toEqual(numbersOf(taped));
    tf.dispose(taped.gradients);
    learner.dispose();
  });

  it.each([
    ['a kind of attention without a kernel here', { attention: 'alibi' }],
    ['one whose kernels do a part in JavaScript', { attention: 'compressed' }],
    ['the memory of segments', { attention: 'transformer-xl' }],
  ] as const)('leaves %s to the tape', (_, kind) => {
    const model = createModel({ ...SIZE, ...kind }, { seed: 3 });
    const config = { ...trainingConfig({ maxSteps: 10 }), seed: 7 };
    const updates = [[batchOf(3, T, 0)], [batchOf(3, T, 1)]];
    const { taped, learned, ranPrograms } = both(model, config, updates);
    expect(ranPrograms).toBe(false);
    expect(learned).toEqual(taped);
  });

  it('refuses tokens and lengths that the tape refuses', () => {
    const learner = createLearner(createModel(SIZE, { seed: 3 }));
    const config = { ...trainingConfig({ maxSteps: 10 }), seed: 7 };
    const batch = batchOf(2, T, 0, true);
    const run = (changed: Partial<TrainingBatch>) => (): unknown =>
      learner.lossAndGradients([{ ...batch, ...changed }], config, 0);
    const wrong = Int32Array.from(batch.tokens).fill(V, 3, 4);
    expect(run({ tokens: wrong })).toThrow(
      new RangeError('tokens: expected ids from 0 to 64, got 65 at position 3'),
    );
    expect(run({ targets: wrong })).toThrow(
      new RangeError('targets: expected ids from 0 to 64, got 65 at position 3'),
    );
    for (const length of [3, 2 * T + 1]) {
      expect(run({ targets: new Int32Array(length) })).toThrow(
        new RangeError(`targets: expected 48, one for each token, got ${length}`),
      );
      expect(run({ weights: new Float32Array(length).fill(1) })).toThrow(
        new RangeError(`weights: expected 48, one for each token, got ${length}`),
      );
    }
    expect(run({ lengths: Int32Array.of(24, 25) })).toThrow(
      new RangeError('lengths: expected 0 to 24, the positions of a sequence, got 25'),
    );
    expect(run({ prefixLengths: Int32Array.of(-1, 2) })).toThrow(
      new RangeError('prefixLengths: expected 0 to 24, the positions of a sequence, got -1'),
    );
    learner.dispose();
  });

  it('uses the parameters that the optimizer has changed', () => {
    const model = createModel(SIZE, { seed: 3 });
    const config = { ...trainingConfig({ maxSteps: 10 }), seed: 7 };
    const learner = createLearner(model);
    const rule = {
      kind: 'sgd',
      learningRate: 0.1,
      momentum: 0,
      nesterov: false,
      weightDecay: 0,
    } as const;
    const losses = Array.from({ length: 3 }, (_, i) => {
      const { loss, gradients } = learner.lossAndGradients([batchOf(3, T, 0)], config, i);
      model.parameters.update(gradients, rule, 0);
      return loss;
    });
    learner.dispose();
    expect(losses[1]).toBeLessThan(losses[0]);
    expect(losses[2]).toBeLessThan(losses[1]);
  });

  describe('that ends with an update', () => {
    const config = { ...trainingConfig({ maxSteps: 10, dropout: 0.1 }), seed: 7 };
    const adam: UpdateRule = OPTIMIZERS.adamw.rule(config, 0.01, 3);
    const sgd: UpdateRule = OPTIMIZERS.sgd.rule({ ...config, momentum: 0.9 }, 0.1);
    const updates = [1, 3, 4].map((count, n) =>
      Array.from({ length: count }, (_, i) => batchOf(2, T, 10 * n + i)),
    );
    const partOf = ({ length }: readonly TrainingBatch[], update: ParameterUpdate) => {
      return { share: wholeShare(length), totals: { next: 100, second: 0 }, update };
    };
    const stateOf = ({ parameters }: Model): unknown =>
      parameters.specs.map(({ name }) => [
        name,
        ...([undefined, 'mean', 'variance'] as const).map((slot) => parameters.read(name, slot)),
      ]);

    it.each([
      ['AdamW, clipped', { rule: adam, clipNorm: 0.1 }],
      ['AdamW, not clipped', { rule: adam, clipNorm: 0 }],
      ['SGD, below the limit', { rule: sgd, clipNorm: 1e6 }],
    ])('has the same bits as an update by the store: %s', (_, update) => {
      const [model, plain] = [1, 2].map(() => createModel(SIZE, { seed: 3 }));
      const learner = createLearner(model);
      for (const batches of updates) {
        const part = partOf(batches, update);
        const learned = learner.lossAndGradients(batches, config, 5, undefined, part);
        const taped = lossAndGradients(plain, batches, config, 5, undefined, part);
        const norm = plain.parameters.update(taped.gradients, update.rule, update.clipNorm);
        expect([learned.loss, learned.gradientNorm]).toEqual([taped.loss, norm]);
        expect(stateOf(model)).toEqual(stateOf(plain));
        tf.dispose(taped.gradients);
      }
      learner.dispose();
    });

    it('changes nothing if the loss is finite but a gradient is not', () => {
      const model = createModel(SIZE, { seed: 3 });
      const gain = model.parameters.read('finalNorm.gain').fill(400);
      model.parameters.write('finalNorm.gain', gain);
      const before = stateOf(model);
      const batches = [batchOf(2, T, 0)];
      batches[0].weights.fill(0).set([1e36, -1e36]);
      const learner = createLearner(model);
      const part = {
        ...partOf(batches, { rule: adam, clipNorm: 1 }),
        totals: { next: 1, second: 0 },
      };
      const { loss, gradientNorm } = learner.lossAndGradients(batches, config, 0, undefined, part);
      expect([Number.isFinite(loss), Number.isFinite(gradientNorm)]).toEqual([true, false]);
      expect(stateOf(model)).toEqual(before);
      learner.dispose();
    });

    it.each([0, 1])('changes nothing if the loss of micro-batch %i is NaN', (wrong) => {
      const model = createModel({ ...SIZE, tiedHead: false }, { seed: 3 });
      const [name] = model.parameters.specs.map((spec) => spec.name);
      const table = model.parameters.read(name);
      model.parameters.write(name, table.fill(NaN, table.length - SIZE.nEmbd)); // the last token
      const before = stateOf(model);
      const batches = [batchOf(2, T, 0), batchOf(2, T, 0)];
      for (const { tokens } of batches) tokens.fill(0);
      batches[wrong].tokens[T] = V - 1;
      const learner = createLearner(model);
      const part = partOf(batches, { rule: adam, clipNorm: 1 });
      const { loss, gradientNorm } = learner.lossAndGradients(batches, config, 0, undefined, part);
      expect([loss, gradientNorm]).toEqual([NaN, NaN]);
      expect(stateOf(model)).toEqual(before);
      learner.dispose();
    });
  });

  it('disposes of all tensors', () => {
    const config = { ...trainingConfig({ maxSteps: 10 }), seed: 7 };
    const model = createModel(SIZE, { seed: 3 });
    const count = (): unknown => [tf.memory().numTensors, tf.backend().numDataIds()];
    const before = count();
    const learner = createLearner(model);
    learner.lossAndGradients([batchOf(3, T, 0), batchOf(3, T, 1)], config, 0);
    learner.dispose();
    expect(count()).toEqual(before);
  });
});
