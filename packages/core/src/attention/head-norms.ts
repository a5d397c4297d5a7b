import * as tf from '@tensorflow/tfjs-core';

import { type Attributes, defineOp, type Inputs } from '../ops/define-op.js';
import { inverseRoot, rmsGradient } from '../ops/normalize.js';
import { constant, type ParameterSpec } from '../parameters/parameter.js';
import type { HeadSettings } from './attention-kind.js';

/** The columns that are normalized together: each head by itself, or all heads of a position. */
export type HeadNormSpan = 'head' | 'all';

/** The gains of the norms of queries and keys: `[D]` each; or `[H D]` and `[K D]` for all heads together. */
export interface HeadGains {
  readonly queryGain: tf.Tensor1D;
  readonly keyGain: tf.Tensor1D;
}

/** Sizes of the heads whose queries and keys are normalized, and the constant of the norm. */
export interface NormedHeads {
  readonly eps: number;
  /** Number of heads of queries, H. */
  readonly nHead: number;
  /** Number of heads of keys and values, K. */
  readonly nKvHead: number;
  /** Width of a head, D. */
  readonly headDim: number;
  readonly span: HeadNormSpan;
}

/**
 * RMS norm of queries and keys; values stay unchanged.
 *
 * @param qkv - Queries, keys and values as columns, `[N, (H + 2K) D]`.
 * @returns `[N, (H + 2K) D]`.
 * @see Dehghani et al. 2023, section 2 (by head), https://arxiv.org/abs/2302.05442; OLMo 2, section 3.3 (all
 * heads), https://arxiv.org/abs/2501.00656
 */
export function normHeads(
  qkv: tf.Tensor2D,
  gains: HeadGains,
  { eps, nHead, nKvHead, headDim, span }: NormedHeads,
): tf.Tensor2D {
  const attributes = { eps, nHead, nKvHead, headDim, span };
  return run({ qkv, ...gains }, attributes)[0] as tf.Tensor2D; // shape of qkv
}

/**
 * Kernel `NormHeads`: `{ qkv [N, (H + 2K) D], queryGain, keyGain }`, `{ eps, nHead, nKvHead, headDim,
 * span: 'head' | 'all' }` to `[normed [N, (H + 2K) D], …residuals]`. Kernel `NormHeadsGrad` returns the
 * gradients of qkv, queryGain and keyGain.
 */
const run = defineOp({
  name: 'NormHeads',
  savedInputs: ['qkv', 'queryGain', 'keyGain'],
  differentiable: ['qkv', 'queryGain', 'keyGain'],
  forward: ({ qkv, queryGain, keyGain }, attributes) => {
    const { query, key, value } = parts(qkv, attributes);
    const normed = [
      { x: query, gain: queryGain },
      { x: key, gain: keyGain },
    ].map(({ x, gain }) => tf.mul(tf.mul(x, inverseRoot(x, epsOf(attributes))), gain));
    return [joined([...normed, value])];
  },
  backward: ({ dy, ...inputs }, attributes) => gradients(dy, inputs, attributes),
});

function gradients(
  dy: tf.Tensor,
  { qkv, queryGain, keyGain }: Inputs,
  attributes: Attributes,
): tf.Tensor[] {
  const [own, after] = [parts(qkv, attributes), parts(dy, attributes)];
  const of = (x: tf.Tensor, dx: tf.Tensor, gain: tf.Tensor): [tf.Tensor, tf.Tensor] => {
    const inverse = inverseRoot(x, epsOf(attributes));
    const normal = tf.mul(x, inverse);
    const dGain = tf.sum(tf.mul(dx, normal), [0, 1]);
    return [rmsGradient(tf.mul(dx, gain), normal, inverse), dGain];
  };
  const [dQuery, dQueryGain] = of(own.query, after.query, queryGain);
  const [dKey, dKeyGain] = of(own.key, after.key, keyGain);
  return [joined([dQuery, dKey, after.value]), dQueryGain, dKeyGain];
}

/**
 * Splits qkv into values `[N, K D]`, and queries and keys in the shape in which they are normalized: `[N, heads, D]`
 * for each head separately, `[N, 1, heads D]` for all heads together.
 */
function parts(
  qkv: tf.Tensor,
  attributes: Attributes,
): Record<'query' | 'key' | 'value', tf.Tensor> {
  // normHeads() put numbers there.
  const [H, K, D] = [attributes.nHead, attributes.nKvHead, attributes.headDim] as number[];
  const N = qkv.shape[0];
  const [query, key, value] = tf.split(qkv, [H * D, K * D, K * D], 1);
  const byHead = (x: tf.Tensor, heads: number): tf.Tensor =>
    tf.reshape(x, attributes.span === 'head' ? [N, heads, D] : [N, 1, heads * D]);
  return { query: byHead(query, H), key: byHead(key, K), value };
}

function joined(all: readonly tf.Tensor[]): tf.Tensor {
  return tf.concat(
    all.map((x) => tf.reshape(x, [x.shape[0], -1])),
    1,
  );
}

function epsOf({ eps }: Attributes): number {
  return eps as number; // normHeads() put a number there
}

type HeadNormSettings = Pick<HeadSettings, 'nHead' | 'nKvHead' | 'headDim' | 'queryKeyNorm'>;

/**
 * Returns the specs of the gains of the norms of queries and keys; an empty array for a model without these norms.
 */
export function headNormSpecs(
  attention: string,
  { nHead, nKvHead, headDim, queryKeyNorm }: HeadNormSettings,
): ParameterSpec[] {
  if (queryKeyNorm === undefined) return [];
  const width = (heads: number): number => (queryKeyNorm === 'head' ? 1 : heads) * headDim;
  return [
    constant(`${attention}.queryNorm.gain`, width(nHead), 1),
    constant(`${attention}.keyNorm.gain`, width(nKvHead), 1),
  ];
}

/** Normalizes the queries and keys of qkv, `[N, (H + 2K) D]`, for a model with norms of queries and keys. */
export function applyHeadNorms(
  qkv: tf.Tensor2D,
  attention: string,
  { nHead, nKvHead, headDim, queryKeyNorm: span = 'head' }: HeadNormSettings,
  { parameter, eps }: { readonly parameter: (name: string) => tf.Tensor; readonly eps: number },
): tf.Tensor2D {
  const [queryGain, keyGain] = ['queryNorm', 'keyNorm'].map(
    (name) => parameter(`${attention}.${name}.gain`) as tf.Tensor1D, // every store has this rank
  );
  return normHeads(qkv, { queryGain, keyGain }, { eps, nHead, nKvHead, headDim, span });
}
