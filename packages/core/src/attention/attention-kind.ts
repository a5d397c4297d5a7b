import type * as tf from '@tensorflow/tfjs-core';

import type { NumberSetting } from '../settings/settings.js';
import type { Dropout } from '../ops/dropout.js';
import type { ParameterSpec } from '../parameters/parameter.js';
import type { CacheLayout, LayerCache } from './layer-cache.js';
import type { AttentionShape, AttentionSteps, HeadShape } from './ops/masked-attention.js';

/** The settings of a model's heads of attention. */
export interface HeadSettings {
  /** Number of heads of queries in each block, H. */
  readonly nHead: number;
  /** Number of heads of keys and values, K; H / K consecutive heads of queries share each of them. */
  readonly nKvHead: number;
  /** Width of a head, D. H * D may differ from the width of the stream. */
  readonly headDim: number;
  /** Whether queries and keys are normalized, each head by itself or all heads together. */
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

/** A setting that only some kinds of attention have. A model has it if a layer has such a kind. */
export interface AttentionSize {
  readonly name: Exclude<keyof AttentionSettings, keyof HeadSettings | 'contextLength' | 'nEmbd'>;
  /** The setting; `attention-settings.ts` adds what all of them have in common. */
  readonly setting: Pick<NumberSetting, 'min' | 'derived' | 'description'>;
  /** Name of the attention that has this setting, for the error message: `relative`. */
  readonly owner: string;
  /** Reason why no other kind has this setting, for the error message. */
  readonly reason?: string;
  /**
   * Returns the default value.
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
 * A kind of attention, as the settings of a model need it: without its computation, which `decoder.ts` names, so that
 * settings load no tensors. A new kind is an entry of `attention-kinds.ts`, a file in this folder and a line in
 * `decoder.ts`.
 */
export interface AttentionKind {
  /** The settings of this kind. A setting comes before the settings that depend on it. */
  readonly sizes: readonly AttentionSize[];
  /** Whether single layers of a model may have this kind, or only the whole model. */
  readonly spans: 'layer' | 'model';
  /** Whether the first positions of a sequence attend to one another in both directions. */
  readonly hasPrefix?: true;
  /** Whether distances replace positions, so that a model learns no positions. */
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
   * Floating-point operations of a training step for each token, in addition to 6 for each parameter.
   * Negative if few tokens use the parameters.
   */
  readonly operationsPerToken: number;

  /** Attention within whole sequences, `[N, H D]`. Writes the inputs of later positions to the pass's cache. */
  readonly whole: (operands: AttentionInput<tf.Tensor2D>, pass: WholePass) => tf.Tensor2D;
  /**
   * Attention within whole sequences as steps for inspection. They are composed from public ops, so that
   * every engine runs them, and they have no gradient.
   */
  readonly steps: (operands: AttentionInput<tf.Tensor2D>, pass: WholePass) => AttentionSteps;
  /** Attention of new positions to the earlier positions in the cache, `[N, H D]`. */
  readonly cached: (operands: AttentionInput<tf.Tensor2D>, pass: CachedPass) => tf.Tensor2D;
  /**
   * Records the ops of a decoding step for engines that run whole steps. If such engines lack ops for it, the
   * function is absent and the model runs op by op.
   */
  readonly lower?: <X>(operands: AttentionInput<X>, recorder: StepRecorder<X>) => X;

  /** The rows that the layer needs in a cache of `capacity` positions. */
  readonly layout: (capacity: number) => CacheLayout;
  /** Number of rows of memory that a sequence of this length has. Its next position sees all of them. */
  readonly memoryRowsAt: (length: number) => number;
  /**
   * Returns the largest length, up to `length`, from which the layer can continue after rows of positions
   * before `oldest` were overwritten.
   */
  readonly knownLength: (length: number, oldest: number) => number;
  /** Returns the row that stores a position of a sequence with `length` positions. */
  readonly heldRow: (layout: CacheLayout, position: number, length: number) => number;
  /** The first position that a position sees. */
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

/** The parameters of a pass, and the model's linear layers, for kinds of attention. */
export interface AttentionPass {
  readonly parameter: (name: string) => tf.Tensor;
  readonly linear: (x: tf.Tensor2D, name: string) => tf.Tensor2D;
}

/** A pass over whole sequences. */
export interface WholePass extends AttentionPass {
  readonly shape: AttentionShape;
  /** Number of query positions of each sequence, T, which follow the remembered positions. */
  readonly queries: number;
  /** Dropout of the attention weights. */
  readonly dropout: Dropout;
  /** The cache that keeps what later positions of new sequences need. */
  readonly cache?: LayerCache;
  /** Receives groups of positions, one group a row, if the kind of attention has groups. */
  readonly onGroups?: (part: Grouped, groups: tf.Tensor2D) => void;
}

/** A pass over new positions of sequences that continue. */
export interface CachedPass extends AttentionPass {
  readonly heads: HeadShape;
  readonly cache: LayerCache;
  readonly onWeights?: OnWeights;
}

/**
 * Receives a head's attention weights for a new position, the nearest position last. The weights are on the
 * visible positions, or on the rows of the memory; they sum to 1.
 */
type OnWeights = (weights: Float64Array, position: number) => void;

/** Operand that is grouped: the block's input, `[N, C]`, or the keys or values in qkv, `[N, 3C]`. */
export type Grouped = 'input' | 'keys' | 'values';

/** Keys and values of groups of positions. */
export interface GroupMemory<X> {
  /** Positions of a group, K. */
  readonly groupLength: number;
  /** The keys, `[groups, C]`; or keys and values together, `[groups, 3C]`, with the columns of qkv. */
  readonly keys: X;
  readonly values: X;
}

/** Description of a layer's attention for an engine that runs whole steps. */
export interface StepAttention<X> {
  /** Positions in blocks: a position sees its own block up to itself, and whole blocks before it. */
  readonly blocks?: { readonly blockLength: number; readonly blocksBack: number };
  /** Number of positions that a position sees in a sliding window, including itself. */
  readonly windowLength?: number;
  /** The learned table of distances, `[H * M, D]`: the parameter's name, and the number of rows of a head, M. */
  readonly distances?: { readonly name: string; readonly rows: number };
  /** The keys and values of groups, which replace single positions. */
  readonly memory?: GroupMemory<X>;
  /** The block's input, if the group memory is computed from it; absent if from keys and values. */
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
