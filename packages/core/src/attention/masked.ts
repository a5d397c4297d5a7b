import * as tf from '@tensorflow/tfjs-core';

import type { Inputs } from '../ops/define-op.js';
import { type Dropout, NO_DROPOUT } from '../ops/dropout.js';
import type { ParameterSpec } from '../parameters/parameter.js';
import { attendRows, batchRows, keptPositions, type RowAttention } from './attend-rows.js';
import type {
  AttentionKind,
  AttentionSettings,
  AttentionSize,
  LayerAttention,
  StepAttention,
} from './attention-kind.js';
import { positionRows, storeKeyValues } from './layer-cache.js';
import {
  type AttentionShape,
  defineMaskedAttention,
  type MaskedAttentionOp,
} from './ops/masked-attention.js';
import {
  blockMask,
  CAUSAL_MASK,
  PREFIX_MASK,
  type AttentionMask,
  windowMask,
} from './attention-mask.js';

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

/** A kind of mask: its setting, its properties, and a function that makes the mask of a model. */
export interface MaskKind {
  readonly size?: AttentionSize;
  readonly hasPrefix?: true;
  readonly slides?: true;
  readonly isMovable?: true;
  readonly of: (model: AttentionSettings) => AttentionMask;
}

/** A term that is added to the scores of queries and keys. */
export interface ScoreTerm {
  readonly size?: AttentionSize;
  /** Whether the term replaces positions, so that a model learns no positions. */
  readonly replacesPositions?: true;
  /** Returns the term of one layer. */
  inLayer(model: AttentionSettings, layer: number): LayerTerm;
}

/** A term of one layer's scores. */
interface LayerTerm {
  readonly parameters: readonly ParameterSpec[];
  /** Operations of a training step for each position that a token sees. */
  readonly operationsPerSeen: number;
  /** Number of operations for each token to subtract, because each token uses few of the term's parameters. */
  readonly operationsSaved: number;
  /** The attention op with this term; `learned` returns the inputs that the op learns, by name. */
  readonly op: MaskedAttentionOp;
  learned(parameter: Parameter): Inputs;
  /** The term of the scores in a decoding step, as in `RowAttention`. */
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

/** Returns a kind of attention to single positions: the visible ones, with an optional term added to their scores. */
export function maskedAttention(
  { size: maskSize, of: maskOf, ...flags }: MaskKind,
  term?: ScoreTerm,
): AttentionKind {
  const replacesPositions = term?.replacesPositions;
  return {
    ...flags,
    ...(replacesPositions && { replacesPositions }),
    sizes: [maskSize, term?.size].filter((size) => size !== undefined),
    heads: term ? 'equal' : 'any',
    // If only some layers saw a prefix both ways, it could neither be read as a whole nor trained. A layer
    // that needs positions at the input would lack them next to a layer that replaces them.
    spans: flags.hasPrefix || replacesPositions ? 'model' : 'layer',
    mostSeen: (model) => maskOf(model).max(model.contextLength),
    inLayer: (model, layer) =>
      layerOf(maskOf(model), term?.inLayer(model, layer) ?? NO_TERM, model),
  };
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

/** The causal mask: every position sees all positions up to itself. */
export const CAUSAL: MaskKind = { isMovable: true, of: () => CAUSAL_MASK };

/** GPT-2's attention: a position attends to all positions up to itself. */
export const causal = maskedAttention(CAUSAL);

/**
 * Causal attention in which the first positions of a sequence (its prefix) see one another in both directions.
 *
 * @see Raffel et al. 2020, section 3.2.1, https://arxiv.org/abs/1910.10683, for prefix language models
 */
export const prefix = maskedAttention({ hasPrefix: true, of: () => PREFIX_MASK });

/** Default number of positions that window attention sees. */
const DEFAULT_WINDOW = 256;

const WINDOW: AttentionSize = {
  name: 'window',
  setting: {
    min: 1,
    derived: `${DEFAULT_WINDOW} if attention is window`,
    description: 'Number of tokens that a token sees in window attention, including itself.',
  },
  owner: 'window',
  fill: () => DEFAULT_WINDOW,
};

/**
 * Attention to a sliding window: a position sees itself and the positions right before it.
 *
 * @see Beltagy et al. 2020, section 3.1, https://arxiv.org/abs/2004.05150
 */
export const window = maskedAttention({
  size: WINDOW,
  slides: true,
  of: ({ window: length = DEFAULT_WINDOW }) => windowMask(length),
});

/** Default number of positions in a block, as in T-DMCA (Liu et al. 2018, section 4.2.4). */
const DEFAULT_BLOCK = 256;

const LOCAL_BLOCK: AttentionSize = {
  name: 'localBlock',
  setting: {
    min: 1,
    derived: `${DEFAULT_BLOCK} if attention is local`,
    description: 'Number of tokens in a block; local attention sees a block and the one before it.',
  },
  owner: 'local',
  fill: () => DEFAULT_BLOCK,
};

/** Returns a local mask: a position sees its own block up to itself, and `blocksBack` whole blocks before it. */
export function localMask(blocksBack: number): MaskKind {
  return {
    size: LOCAL_BLOCK,
    of: ({ localBlock = DEFAULT_BLOCK }) => blockMask(localBlock, blocksBack),
  };
}

/**
 * Attention within blocks: a position sees its own block and the one before it.
 *
 * @see Liu et al. 2018, section 4.2.4, https://arxiv.org/abs/1801.10198
 */
export const local = maskedAttention(localMask(1));

/** Attention within independent blocks: a position sees only its own block. */
export const localIndependent = maskedAttention(localMask(0));
