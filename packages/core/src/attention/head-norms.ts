import type * as tf from '@tensorflow/tfjs-core';

import { constant, type ParameterSpec } from '../parameters/parameter.js';
import type { HeadSettings } from './head-settings.js';
import { normHeads } from './ops/norm-heads.js';

type NormedHeads = Pick<HeadSettings, 'nHead' | 'nKvHead' | 'headDim' | 'queryKeyNorm'>;

/** The gains of the norms of queries and keys, where a model has them. */
export function headNormSpecs(
  attention: string,
  { nHead, nKvHead, headDim, queryKeyNorm }: NormedHeads,
): ParameterSpec[] {
  if (queryKeyNorm === undefined) return [];
  const width = (heads: number): number => (queryKeyNorm === 'head' ? 1 : heads) * headDim;
  return [
    constant(`${attention}.queryNorm.gain`, width(nHead), 1),
    constant(`${attention}.keyNorm.gain`, width(nKvHead), 1),
  ];
}

/** Normalizes queries and keys, `[N, (H + 2K) D]`, of a model that does. */
export function applyHeadNorms(
  qkv: tf.Tensor2D,
  attention: string,
  { nHead, nKvHead, headDim, queryKeyNorm: span = 'head' }: NormedHeads,
  { parameter, eps }: { readonly parameter: (name: string) => tf.Tensor; readonly eps: number },
): tf.Tensor2D {
  const [queryGain, keyGain] = ['queryNorm', 'keyNorm'].map(
    (name) => parameter(`${attention}.${name}.gain`) as tf.Tensor1D, // of this rank in every store
  );
  return normHeads(qkv, { queryGain, keyGain }, { eps, nHead, nKvHead, headDim, span });
}
