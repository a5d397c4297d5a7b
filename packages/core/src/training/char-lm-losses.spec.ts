import * as tf from '@tensorflow/tfjs-core';

import { readJson, readTensors } from '../../test/read-fixture.js';
import { forwardOps } from '../model/forward.js';
import { emptyModel } from '../model/model.js';
import type { ParameterTensors } from '../model/tensor-ops.js';
import { residualStreams } from '../model/transformer.js';
import { addLosses } from '../ops/cross-entropy.js';
import { defineOp } from '../ops/define-op.js';
import { predictingLayers, secondTargets, type Target, targetLosses } from './objective.js';

// Checks all of fixtures/char-lm-losses: PyTorch's numbers in float64, as described in its README.
const { config, tokens, components, cases } = readJson('char-lm-losses/golden.json') as {
  readonly config: { B: number; T: number; C: number; V: number; layers: number; heads: number };
  readonly tokens: readonly number[][];
  readonly components: readonly {
    readonly target1: number;
    readonly target2: number;
    readonly target2WithoutLastPosition: number;
    readonly target1LastPositionOnly: number;
  }[];
  readonly cases: readonly {
    readonly intermediateLosses: boolean;
    readonly secondTarget: boolean;
    readonly fraction: number;
    readonly activeLayers: readonly number[];
    readonly sum: number;
    readonly gradNorm: number;
    readonly gradNormWte: number;
    readonly gradNormHead1: number;
    readonly gradNormHead2: number;
    readonly gradNormPos0: number;
  }[];
};
const { B, T, C, V, layers: nLayer, heads: nHead } = config;
const weights = readTensors('char-lm-losses/model.safetensors');
const activations = readTensors('char-lm-losses/activations.safetensors');
const gradients = readTensors('char-lm-losses/gradients-all-losses.safetensors');
const HEADS = ['head1', 'head2'] as const;

const parts = { 'ln1.g': 'norm1.gain', 'ln1.b': 'norm1.bias', 'qkv.w': 'attention.qkv.weight', 'qkv.b': 'attention.qkv.bias', 'proj.w': 'attention.proj.weight', 'proj.b': 'attention.proj.bias', 'ln2.g': 'norm2.gain', 'ln2.b': 'norm2.bias', 'fc.w': 'mlp.up.weight', 'fc.b': 'mlp.up.bias', 'out.w': 'mlp.down.weight', 'out.b': 'mlp.down.bias' }; // prettier-ignore
/** PyTorch's names by ramble's. */
const theirNames: Record<string, string> = {
  'tokenEmbedding.weight': 'wte',
  'finalNorm.gain': 'lnf.g',
  'finalNorm.bias': 'lnf.b',
};
for (let l = 0; l < nLayer; l++) {
  theirNames[`blocks.${l}.positionEmbedding.weight`] = `pos.${l}`;
  for (const [theirs, ours] of Object.entries(parts)) {
    theirNames[`blocks.${l}.${ours}`] = `h.${l}.${theirs}`;
  }
}

const model = emptyModel({
  ...{ vocabSize: V, contextLength: T, nLayer, nHead, nEmbd: C },
  positions: 'every-layer',
});
for (const { name } of model.parameters.specs) {
  model.parameters.write(name, weights[theirNames[name]].values);
}

/** Appends a one to hidden states, because the classifiers have biases. */
const withOnes = defineOp({
  name: 'WithOnes',
  savedInputs: [],
  differentiable: ['x'],
  forward: ({ x }) => [tf.concat([x, tf.ones([x.shape[0], 1])], 1)],
  backward: ({ dy }) => [tf.slice(dy, [0, 0], [dy.shape[0], C])],
});
/** A classifier as `[V, C + 1]`, with the bias last. */
const classifiers = HEADS.map((name) =>
  tf.transpose(
    tf.concat([
      tf.tensor2d(weights[`${name}.w`].values, [C, V]),
      tf.tensor2d(weights[`${name}.b`].values, [1, V]),
    ]),
  ),
);

const idsFrom = (start: number): Int32Array =>
  Int32Array.from(tokens.flatMap((row) => row.slice(start, start + T)));
const batch = { tokens: idsFrom(0), batchSize: B };
const even = new Float32Array(B * T).fill(1 / (B * T));
const targetsOf = (projections: readonly tf.Tensor[]): Target[] =>
  projections.map((projection, i) => ({
    projection: projection as tf.Tensor2D, // a classifier
    ids: idsFrom(i + 1),
    weights: i === 0 ? even : even.map((weight) => 0.5 * weight),
  }));

/** Returns the loss of every target at every layer. */
function lossesOf(parameters: ParameterTensors, targets: readonly Target[]): tf.Scalar[][] {
  const ops = forwardOps(model.decoder, parameters, batch);
  const [, ...streams] = residualStreams(model.decoder, ops);
  return streams.map((x) => {
    const [hidden] = withOnes({ x: ops.norm(x, 'finalNorm') }, {});
    return targetLosses(hidden as tf.Tensor2D, targets); // [N, C + 1]
  });
}

const norm = (x: ArrayLike<number>): number => Math.hypot(...Array.from(x));

it('has the hidden states and the logits of every layer', () => {
  tf.tidy(() => {
    const ops = forwardOps(model.decoder, model.parameters.tensors(), batch);
    const [, ...streams] = residualStreams(model.decoder, ops);
    streams.forEach((x, l) => {
      expect(x.dataSync()).toBeAllClose(activations[`hidden.${l + 1}`].values, { atol: 1e-5 });
      const [hidden] = withOnes({ x: ops.norm(x, 'finalNorm') }, {});
      classifiers.forEach((classifier, i) => {
        const logits = tf.matMul(hidden, classifier, false, true).dataSync();
        const expected = activations[`logits${i + 1}.${l + 1}`].values;
        expect(logits).toBeAllClose(expected, { atol: 1e-5 });
      });
    });
  });
});

it('has the loss of every layer and target, for any positions with weight', () => {
  const second = secondTargets({ targets: idsFrom(1), weights: even, batchSize: B });
  const [one, two] = targetsOf(classifiers);
  const lastOnly = even.map((_, i) => (i % T === T - 1 ? 1 / B : 0));
  const withoutLast = second.weights.map((weight) => (weight * T) / (T - 1));
  const targets = [
    one,
    { ...two, weights: even },
    { ...two, ids: second.ids, weights: withoutLast },
    { ...one, weights: lastOnly },
  ];
  const losses = tf.tidy(() =>
    lossesOf(model.parameters.tensors(), targets).map((own) => own.map((x) => x.dataSync()[0])),
  );
  expect(losses.flat()).toBeAllClose(
    components.flatMap((each) => [
      each.target1,
      each.target2,
      each.target2WithoutLastPosition,
      each.target1LastPositionOnly,
    ]),
    { atol: 1e-5 },
  );
});

/** Returns the sum of the losses that a configuration enables, and the gradient of every parameter. */
function learn(layers: readonly number[], count: number): [number, Record<string, Float32Array>] {
  return tf.tidy(() => {
    const parameters = model.parameters.tensors();
    const names = Object.keys(parameters);
    const own = classifiers.slice(0, count);
    const lossOf = (...all: tf.Tensor[]): tf.Scalar => {
      const losses = lossesOf(parameters, targetsOf(all.slice(names.length)));
      return addLosses(layers.flatMap((layer) => losses[layer]));
    };
    const inputs = [...names.map((name) => parameters[name]), ...own];
    const { value, grads } = tf.valueAndGrads(lossOf)(inputs);
    const found = grads.map((gradient, i) => {
      const key = i < names.length ? theirNames[names[i]] : HEADS[i - names.length];
      return [key, gradient.dataSync<'float32'>().slice()] as const;
    });
    return [value.dataSync()[0], Object.fromEntries(found)];
  });
}

/** Returns the weights of a classifier's gradient without its bias, `[V, C]`. */
const withoutBias = (gradient: Float32Array): Float32Array =>
  gradient.filter((_, i) => i % (C + 1) < C);

it.each(cases)(
  'learns from the losses of the schedule: intermediate $intermediateLosses, second target $secondTarget, share $fraction',
  ({ intermediateLosses, secondTarget, fraction, activeLayers, ...expected }) => {
    const layers = predictingLayers(nLayer, fraction, { intermediateLosses });
    expect(layers).toEqual(activeLayers.map((layer) => layer - 1));
    const [sum, found] = learn(layers, secondTarget ? 2 : 1);
    expect([sum]).toBeAllClose([expected.sum], { rtol: 1e-5 });
    const norms = [found.wte, withoutBias(found.head1), found['pos.0']].map(norm);
    const theirs = [expected.gradNormWte, expected.gradNormHead1, expected.gradNormPos0];
    expect(norms).toBeAllClose(theirs, { rtol: 1e-3 });
    const total = norm(Object.values(found).map(norm));
    expect([total]).toBeAllClose([expected.gradNorm], { rtol: 1e-3 });
    if (!secondTarget) return;
    expect([norm(withoutBias(found.head2))]).toBeAllClose([expected.gradNormHead2], { rtol: 1e-3 });
  },
);

it('has the same gradients of the sum of all losses', () => {
  const all = Array.from({ length: nLayer }, (_, layer) => layer);
  const [, found] = learn(all, 2);
  for (const [name, gradient] of Object.entries(found)) {
    if (name in gradients) {
      expect(gradient).toBeAllClose(gradients[name].values, { atol: 1e-5, rtol: 1e-3 });
      continue;
    }
    const columns = tf.tidy(() => tf.transpose(tf.tensor2d(gradient, [V, C + 1])).dataSync());
    const expected = [gradients[`${name}.w`].values, gradients[`${name}.b`].values];
    expect(columns).toBeAllClose(
      expected.flatMap((part) => Array.from(part)),
      {
        atol: 1e-5,
        rtol: 1e-3,
      },
    );
  }
  expect(Object.keys(found)).toHaveLength(Object.keys(gradients).length - HEADS.length);
});
