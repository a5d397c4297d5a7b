import type * as tf from '@tensorflow/tfjs-core';

import type { NumberSetting } from '../settings/settings.js';
import type { Dropout } from '../ops/dropout.js';
import type { ParameterSpec } from '../parameters/parameter.js';
import type { CacheLayout, LayerCache } from './layer-cache.js';
import type { AttentionShape, AttentionSteps, HeadShape } from './ops/masked-attention.js';

/** Settings of a model's attention heads. */
export interface HeadSettings {
  /** Number of heads of queries in each block, H. */
  readonly nHead: number;
  /** Number of heads of keys and values, K; H / K consecutive heads of queries share each of them. */
  readonly nKvHead: number;
  /** Width of a head, D. H * D may differ from the width of the stream. */
  readonly headDim: number;
  /**
   * Columns of queries and keys that are normalized together (RMS norm): each head by itself, or all heads; no norm
   * by default.
   */
  readonly queryKeyNorm?: 'head' | 'all';
  /** Scale of the attention scores; `headDim ** -0.5` by default. */
  readonly scoreScale?: number;
  /** Bound of the scores (soft capping by tanh); none by default. */
  readonly scoreCap?: number;
}

/** The settings of a model that its attention depends on. */
export interface AttentionSettings extends HeadSettings {
  /** Maximum number of positions that the model sees at once. */
  readonly contextLength: number;
  /** Width of the residual stream, C. */
  readonly nEmbd: number;
  /** Relative attention: number of distances with a separate vector, M, from 0 to M - 1. */
  readonly maxDistance?: number;
  /** Local attention: number of positions in a block. */
  readonly localBlock?: number;
  /** Transformer-XL: number of positions of earlier segments that every layer remembers. */
  readonly memory?: number;
  /** Compressed attention: number of positions that are merged into one. */
  readonly compressionFactor?: number;
  /** Window attention: number of positions that a position sees, including itself. */
  readonly window?: number;
}

/**
 * A model setting that only some kinds of attention have, such as `window`. A model has the setting if at least one
 * of its layers is of one of these kinds.
 */
export interface AttentionSize {
  readonly name: Exclude<keyof AttentionSettings, keyof HeadSettings | 'contextLength' | 'nEmbd'>;
  /**
   * Range, default and description of the setting; `attention-settings.ts` adds the fields that all such settings
   * share.
   */
  readonly setting: Pick<NumberSetting, 'min' | 'derived' | 'description'>;
  /** Name of the kind of attention that has this setting, for the error message; for example, `relative`. */
  readonly owner: string;
  /** Reason why no other kind has this setting, for the error message. */
  readonly reason?: string;
  /**
   * Returns the default value of the setting.
   *
   * @param kinds - The model's kinds of attention that have this setting.
   */
  fill(model: AttentionSettings, kinds: readonly AttentionKind[]): number;
  /**
   * Checks the value against the other settings of the model.
   *
   * @throws RangeError for a value that the model cannot have.
   */
  check?(model: AttentionSettings): void;
}

/**
 * Properties of a kind of attention that the settings of a model depend on. The computation is not part of it
 * (`decoder.ts` maps names to computations), so that reading settings does not load TensorFlow.js. A new kind needs
 * an entry in `attention-kinds.ts`, a file in this folder and a line in `decoder.ts`.
 */
export interface AttentionKind {
  /** The settings of this kind. A setting comes before the settings that depend on it. */
  readonly sizes: readonly AttentionSize[];
  /** `layer` if single layers of a model may have this kind; `model` if all layers must have it. */
  readonly spans: 'layer' | 'model';
  /** Whether the first positions of a sequence attend to one another in both directions. */
  readonly hasPrefix?: true;
  /** Whether attention itself encodes distances, so that the model has no position embeddings. */
  readonly replacesPositions?: true;
  /**
   * Supported heads. With `any`, heads may be grouped, have any width, be rotated by positions, and have scaled
   * or capped scores. With `equal`, heads must be as in GPT-2.
   */
  readonly heads: 'any' | 'equal';
  /** Whether a position sees only a sliding window. */
  readonly slides?: true;
  /**
   * Whether the keys and values of a sequence's end stay valid if earlier positions are dropped: all positions
   * are visible, and attention depends only on their distances.
   */
  readonly isMovable?: true;
  /** Whether sequences continue beyond the context, with a memory of their earlier segments. */
  readonly remembers?: true;
  /** Returns the maximum number of positions that a position sees. */
  mostSeen(model: AttentionSettings): number;
  /**
   * Checks whether a model can have this kind of attention.
   *
   * @throws RangeError for a model that cannot have this kind.
   */
  check?(model: AttentionSettings): void;
}

/** Returns the attention of one layer, whose parameters' names begin with `blocks.${layer}.attention`. */
export type LayerMaker = (model: AttentionSettings, layer: number) => LayerAttention;

/** The inputs of an attention layer. */
export interface AttentionInput<X> {
  /** The block's input after its norm, `[N, C]`. */
  readonly input: X;
  /** Queries, keys and values as columns, `[N, (H + 2K) D]`. */
  readonly qkv: X;
}

/** The attention of one layer: its parameters, mask, computation, cache and cost. */
export interface LayerAttention {
  /** The parameters of the layer, except the projections of queries, keys, values and the output. */
  readonly parameters: readonly ParameterSpec[];
  /**
   * Floating-point operations of a training step per token, in addition to 6 for each of the model's parameters.
   * Negative if most tokens do not use the layer's own parameters.
   */
  readonly operationsPerToken: number;

  /**
   * Computes attention within whole sequences, `[N, H D]`. If the pass has a cache, stores the keys and values (or
   * inputs) that later positions need.
   */
  readonly whole: (operands: AttentionInput<tf.Tensor2D>, pass: WholePass) => tf.Tensor2D;
  /**
   * Returns the intermediate results of attention within whole sequences, for inspection. They are computed from tfjs
   * ops, so that every engine supports them, and they have no gradient.
   */
  readonly steps: (operands: AttentionInput<tf.Tensor2D>, pass: WholePass) => AttentionSteps;
  /**
   * Computes the attention of new positions, `[N, H D]`. Earlier positions are read from the cache. Stores the keys
   * and values (or inputs) that later positions need.
   */
  readonly cached: (operands: AttentionInput<tf.Tensor2D>, pass: CachedPass) => tf.Tensor2D;
  /**
   * Records the ops of a decoding step for engines that run whole steps. If such engines lack ops for it, the
   * function is absent and the model runs op by op.
   */
  readonly lower?: <X>(operands: AttentionInput<X>, recorder: StepRecorder<X>) => X;

  /** Returns the layout of the layer's rows in a cache for sequences of up to `capacity` positions. */
  readonly layout: (capacity: number) => CacheLayout;
  /**
   * Returns the number of memory rows of a sequence of `length` positions: one for the first position and one for
   * each compressed group; 0 without compression. The next position of the sequence attends to all of these rows.
   */
  readonly memoryRowsAt: (length: number) => number;
  /**
   * Returns the largest length, at most `length`, to which the layer's cache can be cut so that decoding can
   * continue, if the rows of positions before `oldest` were overwritten.
   */
  readonly knownLength: (length: number, oldest: number) => number;
  /**
   * Returns the index of the cache row that represents a position of a sequence of `length` positions: its own row,
   * or the memory row of its group.
   */
  readonly heldRow: (layout: CacheLayout, position: number, length: number) => number;
  /** Returns the first position that a position attends to. */
  readonly firstSeen: (position: number) => number;
  /**
   * Converts scores or weights of keys to scores or weights of tokens, from the first visible token on. The
   * numbers stay the same unless a key represents more than one token.
   */
  readonly byToken: (
    keys: ArrayLike<number>,
    of: 'scores' | 'weights',
    tokens: number,
  ) => ArrayLike<number>;
}

/** Access to the model's parameters and linear layers during a forward pass. */
export interface AttentionPass {
  readonly parameter: (name: string) => tf.Tensor;
  readonly linear: (x: tf.Tensor2D, name: string) => tf.Tensor2D;
}

/** The context of a forward pass over whole sequences. */
export interface WholePass extends AttentionPass {
  readonly shape: AttentionShape;
  /** Number of query positions of each sequence, T, which follow the remembered positions. */
  readonly queries: number;
  /** Dropout of the attention weights. */
  readonly dropout: Dropout;
  /** Cache that receives what later positions of these sequences need; absent if the sequences do not continue. */
  readonly cache?: LayerCache;
  /**
   * Called, for inspection, with the positions of each group joined in one row, if the kind of attention compresses
   * groups.
   */
  readonly onGroups?: (part: Grouped, groups: tf.Tensor2D) => void;
}

/** The context of a forward pass over new positions of sequences whose earlier positions are in a cache. */
export interface CachedPass extends AttentionPass {
  readonly heads: HeadShape;
  readonly cache: LayerCache;
  readonly onWeights?: OnWeights;
}

/**
 * Called with one head's attention weights for a new position, which sum to 1: a weight for each visible position,
 * the nearest last, or for each memory row of compressed attention.
 */
type OnWeights = (weights: Float64Array, position: number) => void;

/** Operand that is grouped: the block's input, `[N, C]`, or the keys or values in qkv, `[N, 3C]`. */
export type Grouped = 'input' | 'keys' | 'values';

/** Keys and values of groups of positions. */
export interface GroupMemory<X> {
  /** Number of positions in a group, K. */
  readonly groupLength: number;
  /** The keys, `[groups, C]`; or keys and values together, `[groups, 3C]`, with the columns of qkv. */
  readonly keys: X;
  readonly values: X;
}

/** Description of a layer's attention for an engine that runs whole steps. */
export interface StepAttention<X> {
  /** Blocks of positions: a position sees its own block up to itself, and `blocksBack` whole blocks before it. */
  readonly blocks?: { readonly blockLength: number; readonly blocksBack: number };
  /** Number of positions that a position sees in a sliding window, including itself. */
  readonly windowLength?: number;
  /** The learned table of distances, `[H * M, D]`: the parameter's name, and the number of rows of a head, M. */
  readonly distances?: { readonly name: string; readonly rows: number };
  /** The keys and values of groups, which replace single positions. */
  readonly memory?: GroupMemory<X>;
  /**
   * The block's input, if the keys and values of groups are computed from it; absent if they are computed from the keys
   * and values of single positions.
   */
  readonly input?: X;
}

/** Records the ops of a decoding step. */
export interface StepRecorder<X> {
  readonly linear: (x: X, name: string) => X;
  /** Joins the positions of each completed group in one row. Positions of earlier steps come from the cache. */
  readonly groups: (x: X, part: Grouped, groupLength: number) => X;
  /** Maps `[N, (H + 2K) D]` to `[N, H D]`: writes new keys and values to the cache and reads it. */
  readonly attention: (qkv: X, attention: StepAttention<X>) => X;
}
