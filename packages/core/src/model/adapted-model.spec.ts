import * as tf from '@tensorflow/tfjs-core';

import { randomValues } from '../../test/random-values.js';
import { smallTraining } from '../../test/small-training.js';
import { ARCHITECTURES, type ModelConfig } from '../config/model-config.js';
import { trainingConfig, type TrainingConfig } from '../config/training-config.js';
import { forward } from './forward.js';
import { adaptModel, createModel, emptyModel, type Model } from './model.js';
import { parameterSpecs } from './model-parameters.js';
import { lossAndGradients } from '../training/gradients.js';

const { size, batch } = smallTraining;
const LLAMA = { ...size, ...ARCHITECTURES.llama, nHead: 2, nKvHead: 1 };
const trainingOf = (given: Partial<TrainingConfig>): TrainingConfig =>
  trainingConfig({ maxSteps: 10, ...given });

/** Returns a model whose adapters change its outputs. */
function adapted(given: Partial<ModelConfig>, config: TrainingConfig): Model {
  const model = adaptModel(createModel(given, { seed: 1 }), config, 2);
  model.parameters.specs.forEach(({ name, shape }, i) => {
    if (!name.includes('.up.')) return;
    const layer = model.parameters.adapters?.layers.get(name.replace('.lora.up.weight', ''));
    const [rows, columns] = shape;
    const values = randomValues(rows * columns, i, 0.3);
    const rank = config.loraRank;
    layer?.parts.forEach(({ from, width }, part) => {
      for (let row = part * rank; row < (part + 1) * rank; row++) {
        values.fill(0, row * columns, row * columns + from);
        values.fill(0, row * columns + from + width, (row + 1) * columns);
      }
    });
    model.parameters.write(name, values);
  });
  return model;
}

function merged(model: Model): Model {
  const plain = emptyModel(model.config);
  for (const { name } of parameterSpecs(model.config)) {
    plain.parameters.write(name, model.parameters.read(name));
  }
  return plain;
}

describe('a model with adapters', () => {
  const cases: [string, Partial<ModelConfig>, Partial<TrainingConfig>][] = [
    ['GPT-2', size, { loraRank: 3 }],
    [
      'GPT-2, one adapter for queries, keys and values',
      size,
      { loraRank: 2, loraTargets: 'qkv,o' },
    ],
    ['Llama', LLAMA, { loraRank: 2 }],
    ['Llama, two targets', LLAMA, { loraRank: 4, loraAlpha: 4, loraTargets: 'q,v' }],
    ['Llama, one adapter for gate and up', LLAMA, { loraRank: 2, loraTargets: 'gate-up,k' }],
    ['activations computed again', LLAMA, { loraRank: 2, recompute: true }],
  ];

  it.each(cases)('computes what its merged model computes: %s', (_, given, settings) => {
    const model = adapted(given, trainingOf(settings));
    const outputs = [model, merged(model)].map(({ decoder, parameters }) =>
      forward(decoder, parameters.tensors(), batch).dataSync<'float32'>(),
    );
    expect(outputs[0]).toBeAllClose(outputs[1], { atol: 1e-5 });
  });

  it.each(cases)('has the gradients of the matrices A and B alone: %s', (_, given, settings) => {
    const config = trainingOf(settings);
    const model = adapted(given, config);
    const plain = merged(model);
    const own = lossAndGradients(model, [batch], config, 0);
    const whole = lossAndGradients(plain, [batch], trainingOf({}), 0);
    expect(own.loss).toBeCloseTo(whole.loss, 5);
    const { adapters, specs } = model.parameters;
    if (!adapters) throw new Error('expected adapters');
    expect(new Set(Object.keys(own.gradients))).toEqual(new Set(specs.map(({ name }) => name)));
    for (const { name, inDim, outDim, parts } of adapters.layers.values()) {
      const [columns, scale] = [parts.length * config.loraRank, config.loraAlpha / config.loraRank];
      const [down, up] = [`${name}.lora.down.weight`, `${name}.lora.up.weight`];
      const dWeight = whole.gradients[`${name}.weight`] as tf.Tensor2D;
      const a = tf.tensor2d(model.parameters.read(down), [inDim, columns]);
      const b = tf.tensor2d(model.parameters.read(up), [columns, outDim]);
      const wanted = tf.mul(tf.matMul(dWeight, b, false, true), scale).dataSync<'float32'>();
      expect(own.gradients[down].dataSync()).toBeAllClose(wanted, { atol: 1e-5, rtol: 1e-4 });
      const dUp = tf.mul(tf.matMul(a, dWeight, true, false), scale).arraySync() as number[][];
      const masked = dUp.flatMap((row, i) => {
        const { from, width } = parts[Math.floor(i / config.loraRank)];
        return row.map((value, j) => (j >= from && j < from + width ? value : 0));
      });
      expect(own.gradients[up].dataSync()).toBeAllClose(Float32Array.from(masked), { atol: 1e-5 });
    }
  });

  it('is the model itself before it is trained, and without a rank', () => {
    const model = createModel(size, { seed: 1 });
    expect(adaptModel(model, trainingOf({}), 0)).toBe(model);
    const before = forward(model.decoder, model.parameters.tensors(), batch).dataSync();
    const { decoder, parameters } = adaptModel(model, trainingOf({ loraRank: 2 }), 0);
    expect(forward(decoder, parameters.tensors(), batch).dataSync()).toEqual(before);
  });

  it('begins with other random numbers than a model of its seed', () => {
    const seed = 3;
    const model = createModel(LLAMA, { seed });
    const adapted = adaptModel(model, trainingOf({ loraRank: 2 }), seed);
    const firstOf = ({ parameters }: Model): number[] =>
      parameters.specs.flatMap(({ name, initializer }) =>
        initializer.kind === 'normal' ? parameters.read(name)[0] / initializer.deviation : [],
      );
    const all = [model, adapted].flatMap(firstOf).map((value) => value.toFixed(4));
    expect(new Set(all).size).toBe(all.length);
  });

  it.each([
    ['gate', 'loraTargets: expected layers that the model has, got gate; all names all of them'],
    [
      'qkv,w',
      /^loraTargets: expected all, attention, mlp, q, .*, or several with commas between, got "qkv,w"$/,
    ],
  ])('refuses the targets %s', (loraTargets, message) => {
    const given = { loraRank: 2, loraTargets } as Partial<TrainingConfig>;
    expect(() => adaptModel(createModel(size), trainingOf(given), 0)).toThrow(message);
  });

  it('refuses adapters on adapters', () => {
    const model = adaptModel(createModel(size), trainingOf({ loraRank: 1 }), 0);
    expect(() => adaptModel(model, trainingOf({ loraRank: 1 }), 0)).toThrow(
      'model: expected one without adapters, got one with adapters; merge them first',
    );
  });
});
