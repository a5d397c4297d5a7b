import * as tf from '@tensorflow/tfjs-core';

import type { Inputs } from '../ops/define-op.js';
import { type Dropout, NO_DROPOUT } from '../ops/dropout.js';
import type { ParameterSpec } from '../parameters/parameter.js';
import { attendRows, batchRows, keptPositions, type RowAttention } from './attend-rows.js';
import type {
  AttentionSettings,
  LayerAttention,
  LayerMaker,
  StepAttention,
} from './attention-kind.js';
import { positionRows, storeKeyValues } from './layer-cache.js';
import {
  type AttentionShape,
  defineMaskedAttention,
  type MaskedAttentionOp,
} from './ops/masked-attention.js';
import type { MaskKind } from './attention-kinds.js';
import { type AttentionMask, CAUSAL_MASK } from './attention-mask.js';

/** The op `Attention`: masked attention without a score term. */
const PLAIN = defineMaskedAttention('Attention');

/**
 * Multi-head self-attention within each sequence, `softmax(q k^T / sqrt(D)) v`, before the output projection.
 *
 * @param qkv - Queries, keys and values as columns, `[B * T, 3C]`; head h of each takes the columns
 *   `[h * D, (h + 1) * D)`.
 * @returns the weighted values of each position, with heads as columns, `[B * T, C]`.
 * @see Vaswani et al. 2017, section 3.2, https://arxiv.org/abs/1706.03762
 */
export function attention(
  qkv: tf.Tensor2D,
  shape: AttentionShape,
  mask: AttentionMask = CAUSAL_MASK,
  dropout: Dropout = NO_DROPOUT,
): tf.Tensor2D {
  return PLAIN.attend(qkv, {}, shape, mask, dropout);
}

/** Returns the term of a layer, which is added to the scores of queries and keys. */
export type ScoreTerm = (model: AttentionSettings, layer: number) => LayerTerm;

/** A term of one layer's scores. */
interface LayerTerm {
  readonly parameters: readonly ParameterSpec[];
  /** Floating-point operations of the term in a training step, for each pair of a token and a position that it sees. */
  readonly operationsPerSeen: number;
  /**
   * Floating-point operations per token to subtract from the estimate of a training step, which counts 6 for every
   * parameter. Each token uses only a few rows of the term's table, such as the distances.
   */
  readonly operationsSaved: number;
  /** The attention op with this term; `learned` returns the inputs that the op learns, by name. */
  readonly op: MaskedAttentionOp;
  learned(parameter: Parameter): Inputs;
  /** Returns the term for one decoding step; see `RowAttention.byDistance`. */
  byDistance(parameter: Parameter): RowAttention['byDistance'];
  /** Description of the term for engines that run whole steps; absent if they have no ops for it. */
  readonly lowered?: Pick<StepAttention<never>, 'distances'>;
}

type Parameter = (name: string) => tf.Tensor;

/** A layer whose scores are the products of queries and keys alone. */
const NO_TERM: LayerTerm = {
  parameters: [],
  operationsPerSeen: 0,
  operationsSaved: 0,
  op: PLAIN,
  learned: () => ({}),
  byDistance: () => undefined,
  lowered: {},
};

/** Returns attention to single visible positions, not to compressed groups. An optional term is added to the scores. */
export function maskedAttention({ of: maskOf }: MaskKind, term?: ScoreTerm): LayerMaker {
  return (model, layer) => layerOf(maskOf(model), term?.(model, layer) ?? NO_TERM, model);
}

function layerOf(mask: AttentionMask, term: LayerTerm, model: AttentionSettings): LayerAttention {
  const { blockLength, blocksBack, windowLength } = mask.attributes;
  const shape = {
    ...(blockLength > 0 && { blocks: { blockLength, blocksBack } }),
    ...(windowLength > 0 && { windowLength }),
  };
  const width = model.nHead * model.headDim; // width of the merged heads, H D
  const seen = mask.max(model.contextLength);
  return {
    parameters: term.parameters,
    operationsPerToken: (12 * width + term.operationsPerSeen) * seen - term.operationsSaved,
    whole: ({ qkv }, pass) => {
      const { shape, cache, dropout, parameter } = pass;
      if (cache) storeKeyValues(batchRows(qkv, cache), cache);
      return term.op.attend(qkv, term.learned(parameter), shape, mask, dropout);
    },
    steps: ({ qkv }, { shape, parameter }) =>
      term.op.steps(qkv, term.learned(parameter), shape, mask),
    cached: ({ qkv }, pass) => {
      const { cache, parameter } = pass;
      const rows = (position: number): number[] =>
        positionRows(cache.layout, mask.first(position), position);
      const byDistance = term.byDistance(parameter);
      const read = attendRows(batchRows(qkv, cache), { writes: true, rows, byDistance }, pass);
      return tf.tensor2d(read, [qkv.shape[0], width]);
    },
    ...(term.lowered && {
      lower: ({ qkv }, recorder) => recorder.attention(qkv, { ...shape, ...term.lowered }),
    }),
    ...keptPositions(mask),
  };
}
