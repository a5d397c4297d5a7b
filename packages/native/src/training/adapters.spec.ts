import {
  createModel,
  type Model,
  type ModelConfig,
  packExamples,
  train,
  trainingConfig,
} from '@ramble/core';
import {
  adaptModel,
  advance,
  ARCHITECTURES,
  createKvCache,
  forward,
  logitsOf,
  type LoraSettings,
  modelOf,
  parameterSpecs,
} from '@ramble/core/model';
import { createLearner, learnPairs, lossAndGradients } from '@ramble/core/training';
import { type FormatName, frozenParameterStore } from '@ramble/core/weights';
import { compareArrays } from '@ramble/node/matchers';
import * as tf from '@tensorflow/tfjs-core';

import { nativeEngine } from '../engine.js';

const [V, T] = [67, 20];
const GPT2 = { vocabSize: V, contextLength: T, nLayer: 2, nHead: 4, nEmbd: 40, mlpDim: 75 };
const LLAMA = { ...GPT2, ...ARCHITECTURES.llama, nKvHead: 2, mlpDim: 75 };
const FORMATS: FormatName[] = ['f32', 'f16', 'int8', 'q8', 'q4'];
const cases = FORMATS.flatMap((format) => [
  { format, name: 'GPT-2', config: GPT2 },
  { format, name: 'Llama', config: LLAMA },
]);

beforeAll(() => nativeEngine.load());

/** Returns a model of random parameters in a format. */
function stored(given: Partial<ModelConfig>, format: FormatName): Model {
  const plain = createModel(given, { seed: 3 });
  const parameters = frozenParameterStore(parameterSpecs(plain.config), format);
  for (const { name } of plain.parameters.specs) {
    parameters.write(name, plain.parameters.read(name).map((value) => 5 * value)); // prettier-ignore
  }
  return modelOf(plain.config, parameters);
}

/** Returns a model of random parameters with adapters, on a base of a format. */
function adapted(given: Partial<ModelConfig>, format: FormatName): Model {
  return withAdapters(stored(given, format), 'qkv,o,gate-up,up,down');
}

function withAdapters(base: Model, loraTargets: LoraSettings['loraTargets']): Model {
  const model = adaptModel(base, { ...config, loraTargets }, 1);
  for (const { name } of model.parameters.specs) {
    const values = model.parameters.read(name);
    model.parameters.write(name, values.map((value, i) => value + Math.sin(i) / 20)); // prettier-ignore
  }
  return model;
}

const config = trainingConfig({
  maxSteps: 10,
  loraRank: 3,
  loraAlpha: 6,
  loraDropout: 0.1,
  seed: 7,
});

function batchOf(rows: number, seed: number): Parameters<typeof lossAndGradients>[1][number] {
  const ids = (factor: number): Int32Array =>
    Int32Array.from({ length: rows * T }, (_, i) => (factor * i + seed) % V);
  const weights = new Float32Array(rows * T).fill(1);
  return { batchSize: rows, tokens: ids(7), targets: ids(11), weights };
}

describe('training of adapters on a stored model', () => {
  it.each(cases)('runs programs with the same bits as the tape: $format, $name', (each) => {
    const model = adapted(each.config, each.format);
    const learner = createLearner(model);
    const seen = new Set<unknown>();
    for (let step = 0; step < 3; step++) {
      const plain = batchOf(3, step);
      const weights = plain.weights.map((_, i) => (i % 7) / 7 - 0.5);
      const batch = step === 2 ? { ...plain, weights, total: 3 } : plain; // as of a loss of pairs
      const learned = learner.lossAndGradients([batch], config, step);
      const taped = lossAndGradients(model, [batch], config, step);
      expect(learned.loss).toBe(taped.loss);
      seen.add(learned.gradients);
      for (const { name } of model.parameters.specs) {
        expect(learned.gradients[name].dataSync()).toEqual(taped.gradients[name].dataSync());
      }
    }
    expect(seen.size).toBe(1); // a trainer owns its gradients
    learner.dispose();
  });

  it.each(cases)('learns preferences, compared with the base: $format, $name', async (each) => {
    const settings = { preference: 'dpo', loraRank: 3, maxSteps: 6, warmupSteps: 0 } as const;
    const preferring = trainingConfig({ ...settings, learningRate: 0.02, preferenceBeta: 0.5 });
    const model = adaptModel(stored(each.config, each.format), preferring, 1);
    const answer = (seed: number, length: number) => ({
      tokens: Array.from({ length }, (_, i) => (5 + (i < 4 ? i : seed * i)) % V),
      lossWeights: Array.from({ length }, (_, i) => (i < 4 ? 0 : 1)),
    });
    const pairs = [0, 1, 2].map((n) => ({
      ...answer(n + 2, 7 + n),
      rejected: answer(n + 20, 12 - n),
    }));
    const batch = packExamples(pairs, T);
    const batches = { batch: () => Promise.resolve(batch) };
    const losses: number[] = [];
    const clock = { now: () => 0 };
    const reports = train({ model, config: preferring, batches, clock, strategy: learnPairs() });
    for await (const report of reports) if (report.kind === 'step') losses.push(report.loss);
    model.dispose();
    expect(losses[0]).toBeCloseTo(Math.LN2, 4);
    expect(losses.at(-1)).toBeLessThan(0.4);
  });

  it.each(cases)('computes with the numbers that are stored: $format, $name', (each) => {
    const [model, wide] = [adapted(each.config, each.format), adapted(each.config, 'f32')];
    const tensors = model.parameters.tensors();
    for (const { name } of parameterSpecs(model.config)) {
      wide.parameters.stored?.(name).array.set(tensors[name].dataSync<'float32'>());
    }
    const [own, other] = [model, wide].map((one) => {
      return lossAndGradients(one, [batchOf(3, 0)], config, 0);
    });
    expect(own.loss).toBeCloseTo(other.loss, 4);
    for (const { name } of model.parameters.specs) {
      const wanted = other.gradients[name].dataSync<'float32'>();
      const found = own.gradients[name].dataSync<'float32'>();
      expect(compareArrays(found, wanted, { atol: 1e-4 })).toMatchObject({ close: true });
    }
  });

  it.each(cases)(
    'decodes rows with different adapters to the bits that each has alone: $format, $name',
    (each) => {
      const base = stored(each.config, each.format);
      const models = [
        base,
        withAdapters(base, 'qkv,o,gate-up,up,down'),
        withAdapters(base, 'q,v,down'),
      ];
      const texts = [0, 1, 2, 1, 0].map((reader, i) => {
        return { reader, tokens: Array.from(batchOf(1, i).tokens.slice(0, 8 + 2 * i)) };
      });
      const together = createKvCache(base.decoder, texts.length);
      const alone = texts.map(() => createKvCache(base.decoder, 1));
      for (const [from, end] of [
        [0, 5],
        [5, 6],
        [6, 7],
        [7, 11],
        [11, 16],
      ]) {
        // prettier-ignore
        const feeds = texts.flatMap(({ reader, tokens }, slot) => {
        const part = tokens.slice(from, end);
        return part.length > 0 ? [{ slot, tokens: part, model: models[reader] }] : [];
      });
        const rows = Array.from(advance(base, together, feeds));
        const wanted = feeds.flatMap(({ slot, tokens, model }) =>
          Array.from(advance(model, alone[slot], [{ slot: 0, tokens }])),
        );
        expect(rows).toEqual(wanted);
      }
    },
  );

  it.each(cases)('decodes token by token as a whole text: $format, $name', (each) => {
    const model = adapted(each.config, each.format);
    const tokens = batchOf(1, 0).tokens;
    const { decoder, parameters } = model;
    const whole = tf.tidy(() => {
      const hidden = forward(decoder, parameters.tensors(), { tokens, batchSize: 1 });
      return logitsOf(model.config, parameters.tensors(), hidden).dataSync<'float32'>();
    });
    const cache = createKvCache(decoder, 1);
    const head = advance(model, cache, [{ slot: 0, tokens: tokens.slice(0, 9) }], {
      logits: 'all',
    });
    const steps = Array.from(tokens.slice(9), (token) => [
      ...advance(model, cache, [{ slot: 0, tokens: [token] }]),
    ]);
    expect(compareArrays([...head, ...steps.flat()], whole, { atol: 2e-3 })).toMatchObject({
      close: true,
    });
  });
});
