import {
  type Attributes,
  describedMask,
  type Dropout,
  dropoutOf,
  type TensorKernel,
} from '@ramble/core/engine';
import { philoxKey } from '@ramble/core/files';
import * as tf from '@tensorflow/tfjs-core';

import { type Attribute, attribute, DTYPE, raw, tensorflowBackend } from '../raw-ops.js';

/** Whether the kernel supports the attributes: each head of queries has separate keys, and scores have no bound. */
export function isPlainAttention({ nHead, nKvHead, cap }: Attributes): boolean {
  return nHead === nKvHead && cap === 0;
}

/**
 * Kernel of `Attention`. The residuals, which are saved for the gradient, are queries, keys and values by head
 * `[3, B, H, T, D]`, the outputs by head `[B, H, T, D]`, the weights `[B, H, T, T]`, and with dropout the dropped
 * weights.
 */
const attention: TensorKernel = ({ qkv, ...given }, attributes) => {
  const { B, H, T, D } = sizesOf(qkv, attributes, 3);
  const byHead = raw.transpose(raw.reshape(qkv, [B, T, 3, H, D]), [2, 0, 3, 1, 4]);
  const [q, k, v] = raw.unstack(byHead, 3);
  const scores = raw.batchMatMul(raw.scale(q, scaleOf(attributes)), k, false, true);
  const { prefixLengths, lengths } = given as Partial<typeof given>; // absent when all are 0, or T
  const ends = lengths?.dataSync<'int32'>();
  const mask = describedMask(attributes);
  const hidden = hiddenScores(T, (t) => mask.first(t), prefixLengths?.dataSync<'int32'>(), ends);
  const all = raw.softmax(raw.add(scores, hidden));
  const weights = ends ? raw.mul(all, positionMask(T, ends)) : all;
  const dropped = drop(weights, attributes);
  const read = raw.batchMatMul(dropped ?? weights, v);
  const result = raw.reshape(raw.transpose(read, [0, 2, 1, 3]), [B * T, H * D]);
  return [result, byHead, read, weights, ...(dropped ? [dropped] : [])];
};

/**
 * Kernel of `AttentionGrad`. The gradient of the softmax needs the sum of `dWeights * weights` over the keys,
 * which equals the sum of `dRead * read` over a head's columns.
 *
 * @see Dao et al. 2022, appendix B.2, https://arxiv.org/abs/2205.14135
 */
const attentionGrad: TensorKernel = (
  { dy, residual0: byHead, residual1: read, residual2: weights, residual3 },
  attributes,
) => {
  const { B, H, T, D } = sizesOf(dy, attributes, 1);
  const scale = scaleOf(attributes);
  const dropped = (residual3 as tf.Tensor | undefined) ?? weights; // no dropout, no residual
  const [q, k, v] = raw.unstack(byHead, 3);
  const dRead = raw.transpose(raw.reshape(dy, [B, T, H, D]), [0, 2, 1, 3]);
  const dv = raw.batchMatMul(dropped, dRead, true, false);
  const dDropped = raw.batchMatMul(dRead, v, false, true);
  const mean = raw.sum(raw.mul(dRead, read), 3);
  const dScores =
    dropped === weights
      ? raw.mul(weights, raw.sub(dDropped, mean))
      : raw.sub(raw.mul(dropped, dDropped), raw.mul(weights, mean));
  const dq = raw.scale(raw.batchMatMul(dScores, k), scale);
  const dk = raw.batchMatMul(dScores, raw.scale(q, scale), true, false);
  const dByHead = raw.transpose(raw.stack([dq, dk, dv]), [1, 3, 0, 2, 4]); // [B, T, 3, H, D]
  return [raw.reshape(dByHead, [B * T, 3 * H * D])];
};

function sizesOf(
  x: tf.Tensor,
  attributes: Attributes,
  parts: number,
): { B: number; H: number; T: number; D: number } {
  const [B, H] = [attributes.batch as number, attributes.nHead as number]; // numbers by type
  const [N, columns] = x.shape;
  return { B, H, T: N / B, D: columns / parts / H };
}

function scaleOf({ scale }: Attributes): number {
  return scale as number; // attention() put a number there
}

function drop(weights: tf.Tensor, attributes: Attributes): tf.Tensor | undefined {
  const dropout = dropoutOf(attributes);
  if (dropout.rate === 0) return undefined;
  return keep(weights, keptEntries(weights.shape, dropout), attributes);
}

/** Number that is added to the scores of hidden positions, in place of `-Infinity`. */
const HIDDEN_SCORE = -1e9;

/**
 * Returns the mask to add to the scores: 0 if query t may attend to key s, otherwise very negative.
 *
 * @param first - Returns the first position that a position attends to.
 * @param prefixLengths - Prefix length of each sequence. Positions of a prefix attend to one another in both
 *   directions.
 * @param lengths - Length of each sequence without its padding, which is masked.
 * @returns `[1, 1, T, T]`, or `[B, 1, T, T]` with prefixes or lengths.
 */
function hiddenScores(
  T: number,
  first: (t: number) => number,
  prefixLengths?: ArrayLike<number>,
  lengths?: ArrayLike<number>,
): tf.Tensor {
  const B = (prefixLengths ?? lengths)?.length ?? 1;
  const scores = new Float32Array(B * T * T);
  for (let sequence = 0; sequence < B; sequence++) {
    const [prefix, length] = [prefixLengths?.[sequence] ?? 0, lengths?.[sequence] ?? T];
    for (let t = 0; t < T; t++) {
      const row = (sequence * T + t) * T;
      scores.fill(HIDDEN_SCORE, row, row + first(t));
      scores.fill(HIDDEN_SCORE, row + Math.min(length, Math.max(t + 1, prefix)), row + T);
    }
  }
  return tf.tensor4d(scores, [B, 1, T, T]);
}

/** Returns a mask with 1 for each position and 0 for padding, `[B, 1, T, 1]`. */
function positionMask(T: number, lengths: ArrayLike<number>): tf.Tensor {
  const mask = Array.from(lengths, (length) => Array.from({ length: T }, (_, t) => +(t < length)));
  return tf.tensor4d(mask.flat(), [mask.length, 1, T, 1]);
}

/** Kernels of attention and dropout, by the name of their op. */
export const ATTENTION_KERNELS: Readonly<Record<string, TensorKernel>> = {
  Attention: attention,
  AttentionGrad: attentionGrad,
  /** The residual, which is saved for the gradient, is the mask of the kept entries. */
  SeededDropout: ({ x }, attributes) => {
    const kept = keptEntries(x.shape, dropoutOf(attributes));
    return [keep(x, kept, attributes), kept];
  },
  SeededDropoutGrad: ({ dy, residual0: kept }, attributes) => [keep(dy, kept, attributes)],
  /** The residual, which is saved for the gradient if there is dropout, is the mask of the kept entries. */
  Residual: ({ x, branch }, attributes) => {
    const dropout = dropoutOf(attributes);
    if (dropout.rate === 0) return [raw.add(x, branch)];
    const kept = keptEntries(x.shape, dropout);
    return [raw.add(x, keep(branch, kept, attributes)), kept];
  },
  ResidualGrad: ({ dy, residual0: kept }, attributes) => {
    const dropped = dropoutOf(attributes).rate > 0;
    // Outputs are separate tensors: a clone shares the numbers.
    return [tf.clone(dy), dropped ? keep(dy, kept, attributes) : tf.clone(dy)];
  },
};

/** Applies dropout: sets entries outside of the mask `kept` to zero and scales the others. */
function keep(x: tf.Tensor, kept: tf.Tensor, attributes: Attributes): tf.Tensor {
  const { rate } = dropoutOf(attributes);
  return raw.mul(x, raw.scale(raw.castBool(kept), 1 / (1 - rate)));
}

const { type } = attribute;
/** Number of Philox in TensorFlow's list of algorithms. */
const PHILOX = 1;

/**
 * Returns a mask of the entries that dropout keeps: entries whose random 32-bit word is at least `rate * 2^32`, as in
 * core's `dropoutFactors`. TensorFlow computes the same words, twenty times as fast.
 *
 * @returns booleans of the given shape.
 */
export function keptEntries(shape: readonly number[], dropout: Dropout): tf.Tensor {
  const { rate, seed, step, stream } = dropout;
  const backend = tensorflowBackend();
  const { binding } = backend;
  // tfjs has no unsigned integers, so no tensor of tfjs is made before the comparison.
  const ids: number[] = [];
  const ints = (ofShape: readonly number[], values: readonly number[]): number => {
    ids.push(binding.createTensor(ofShape, DTYPE.int32, Int32Array.from(values)));
    return ids[ids.length - 1];
  };
  const run = (
    name: string,
    attributes: readonly Attribute[],
    inputs: readonly number[],
  ): number => {
    ids.push(binding.executeOp(name, attributes, inputs, 1)[0].id);
    return ids[ids.length - 1];
  };
  const unsigned = (id: number, dtype: number): number =>
    run('Bitcast', [type('T', DTYPE.int32), type('type', dtype)], [id]);

  const key = unsigned(ints([1, 2], philoxKey({ seed, purpose: 'dropout', step })), DTYPE.uint64);
  const counter = unsigned(ints([2, 2], [0, 0, step, stream]), DTYPE.uint64);
  const words = run(
    'StatelessRandomUniformFullIntV2',
    [type('dtype', DTYPE.uint32), type('Tshape', DTYPE.int32)],
    [ints([shape.length], shape), key, counter, ints([], [PHILOX])],
  );
  const threshold = unsigned(ints([], [Math.ceil(rate * 2 ** 32)]), DTYPE.uint32);
  const [kept] = binding.executeOp(
    'GreaterEqual',
    [type('T', DTYPE.uint32)],
    [words, threshold],
    1,
  );
  for (const id of ids) binding.deleteTensor(id);
  return backend.createOutputTensor(kept);
}
