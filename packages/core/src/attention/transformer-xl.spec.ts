import * as tf from '@tensorflow/tfjs-core';

import { readJson, readTensors } from '../../test/read-fixture.js';
import { defineOp } from '../ops/define-op.js';
import { NO_DROPOUT, residual } from '../ops/dropout.js';
import { embedding } from '../ops/embedding.js';
import { layerNorm } from '../ops/normalize.js';
import { linear } from '../ops/linear.js';
import {
  recurrentAttention,
  recurrentAttentionSteps,
  sinusoidRows,
} from './ops/recurrent-attention.js';
import { type Recall, recallOf, type SegmentMemory } from './segment-memory.js';

// Checks all of fixtures/transformer-xl: Hugging Face's TransfoXLModel, and float64 loops that agree with it.
// Its blocks normalize after the sum, without biases, with ReLU; attention and memory are ramble's.
const { config, ids, embeddingScale } = readJson('transformer-xl/golden.json') as {
  readonly config: Readonly<
    Record<'B' | 'T' | 'C' | 'heads' | 'V' | 'layers' | 'memLen' | 'ff' | 'segments', number>
  >;
  readonly ids: readonly number[][];
  readonly embeddingScale: number;
};
const { B, T, C, heads: H, layers, memLen, segments } = config;
const weights = readTensors('transformer-xl/model.safetensors');
const expected = readTensors('transformer-xl/segments.safetensors');
const names = Object.keys(weights);
const EMBEDDING = 'word_emb.emb_layers.0.weight';

type Parameters = Readonly<Record<string, tf.Tensor>>;

/** Returns the parameters in the layout of ramble's ops: `[in, out]`, vectors, the embedding scaled. */
const parametersOf = (): tf.Tensor[] =>
  names.map((name) => {
    const x = tf.tensor(weights[name].values, [...weights[name].shape]);
    if (name === EMBEDDING) return tf.mul(x, embeddingScale);
    if (name.endsWith('_bias')) return tf.reshape(x, [C]);
    return x.rank === 2 ? tf.transpose(x) : x;
  });

const relu = defineOp({
  name: 'TestRelu',
  savedInputs: ['x'],
  differentiable: ['x'],
  forward: ({ x }) => [tf.relu(x)],
  backward: ({ dy, x }) => [tf.mul(dy, tf.cast(tf.greater(x, 0), 'float32'))],
});

/** Returns the last layer's output of one segment; `watch` receives the steps of attention. */
function run(
  p: Parameters,
  segment: number,
  recall: Recall,
  watch?: (layer: number, weights: tf.Tensor) => void,
): tf.Tensor2D {
  const tokens = ids.flatMap((row) => row.slice(segment * T, (segment + 1) * T));
  const times = (x: tf.Tensor2D, name: string): tf.Tensor2D => {
    const weight = p[`${name}.weight`] as tf.Tensor2D; // of these ranks in parametersOf
    const bias = (p[`${name}.bias`] ?? tf.zeros([weight.shape[1]])) as tf.Tensor1D;
    return linear(x, { weight, bias });
  };
  const norm = (x: tf.Tensor2D, name: string): tf.Tensor2D => {
    const [gain, bias] = [p[`${name}.weight`], p[`${name}.bias`]];
    return layerNorm(x, { gain: gain as tf.Tensor1D, bias: bias as tf.Tensor1D }, 1e-5);
  };
  let x = embedding(p[EMBEDDING] as tf.Tensor2D, tf.tensor1d(tokens, 'int32'));
  for (let layer = 0; layer < layers; layer++) {
    const name = `layers.${layer}.dec_attn`;
    const qkv = times(recall.recall(x, layer), `${name}.qkv_net`);
    const params = {
      weight: p[`${name}.r_net.weight`] as tf.Tensor2D,
      contentBias: p[`${name}.r_w_bias`] as tf.Tensor1D,
      distanceBias: p[`${name}.r_r_bias`] as tf.Tensor1D,
    };
    const shape = { batch: B, nHead: H, queries: T };
    watch?.(layer, recurrentAttentionSteps(qkv, shape, params).weights);
    const read = times(recurrentAttention(qkv, shape, params), `${name}.o_net`);
    x = norm(residual(x, read, NO_DROPOUT), `${name}.layer_norm`);
    const ff = `layers.${layer}.pos_ff`;
    const [lifted] = relu({ x: times(x, `${ff}.CoreNet.0`) }, {});
    const down = times(lifted as tf.Tensor2D, `${ff}.CoreNet.3`);
    x = norm(residual(x, down, NO_DROPOUT), `${ff}.layer_norm`);
  }
  return x;
}

const recallAt = (segment: number, memory?: SegmentMemory): Recall =>
  recallOf({ memory: memLen, nLayer: layers, nEmbd: C }, { batchSize: B, continues: segment > 0 }, memory)!; // prettier-ignore

const byName = (all: readonly tf.Tensor[]): Parameters =>
  Object.fromEntries(names.map((name, i) => [name, all[i]]));

it('computes the same sinusoids of distances', () => {
  const rows = sinusoidRows(10, C); // the last one is distance 0
  const turned = Array.from({ length: 10 }, (_, d) => Array.from(rows.subarray((9 - d) * C, (10 - d) * C))); // prettier-ignore
  expect(turned.flat()).toBeAllClose(expected.R0to9.values, { atol: 1e-6 });
});

it('has the same outputs, attention and memory segment by segment', () => {
  let memory: SegmentMemory | undefined;
  for (let segment = 0; segment < segments; segment++) {
    const recall = recallAt(segment, memory);
    tf.tidy(() => {
      const out = run(byName(parametersOf()), segment, recall, (layer, found) => {
        const theirs = expected[`segment.${segment}.attention.${layer}`];
        expect(found.shape).toEqual(theirs.shape);
        expect(found.dataSync()).toBeAllClose(theirs.values, { atol: 1e-5 });
      });
      expect(out.dataSync()).toBeAllClose(expected[`segment.${segment}.out`].values, {
        atol: 2e-5,
      });
    });
    memory = recall.remembered();
    memory.states.forEach((state, layer) => {
      const theirs = expected[`segment.${segment}.memoryAfter.${layer}`];
      expect([B, memory!.length, C]).toEqual(theirs.shape);
      expect(state).toBeAllClose(theirs.values, { atol: 2e-5 });
    });
  }
});

it('has the same gradients of the last segment, with none through the memory', () => {
  tf.tidy(() => {
    const all = parametersOf();
    let memory: SegmentMemory | undefined;
    const last = segments - 1;
    for (let segment = 0; segment < last; segment++) {
      const recall = recallAt(segment, memory);
      run(byName(all), segment, recall);
      memory = recall.remembered();
    }
    const f = (...inputs: tf.Tensor[]): tf.Tensor => run(byName(inputs), last, recallAt(last, memory)); // prettier-ignore
    const dy = tf.tensor2d(expected.gradOut.values, [B * T, C]);
    tf.grads(f)(all, dy).forEach((gradient, i) => {
      const name = names[i];
      const theirs = expected[`grad.${name}`].values;
      const ours = name === EMBEDDING ? tf.mul(gradient, embeddingScale) : gradient;
      const turned = name !== EMBEDDING && ours.rank === 2 ? tf.transpose(ours) : ours;
      expect(turned.dataSync()).toBeAllClose(theirs, { atol: 1e-4, rtol: 1e-3 });
    });
  });
});
