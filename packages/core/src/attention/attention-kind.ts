import type * as tf from '@tensorflow/tfjs-core';

import type { NumberSetting } from '../settings/settings.js';
import type { Dropout } from '../ops/dropout.js';
import type { ParameterSpec } from '../parameters/parameter.js';
import type { CacheLayout, LayerCache } from './layer-cache.js';
import type { HeadSettings } from './head-settings.js';
import type { AttentionShape, AttentionSteps, HeadShape } from './ops/masked-attention.js';

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
  /** Compressed attention: number of positions that are seen as one. */
  readonly compressionFactor?: number;
  /** Window attention: number of positions that one sees, itself among them. */
  readonly window?: number;
}

/**
 * A setting that only some kinds of attention have; a model has it if one of its layers is of such
 * a kind.
 */
export interface AttentionSize {
  readonly name: Exclude<keyof AttentionSettings, keyof HeadSettings | 'contextLength' | 'nEmbd'>;
  readonly setting: NumberSetting;
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
 * A kind of attention: all that ramble requires of one. A new kind is a file in this folder and a line in
 * `attention-kinds.ts`.
 */
export interface AttentionKind {
  /** The settings of this kind; settings come before those that depend on them. */
  readonly sizes: readonly AttentionSize[];
  /**
   * The part of a model that has this kind: single layers, next to layers of other kinds, or the whole
   * model.
   */
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
  /** Maximum number of positions that one sees. */
  mostSeen(model: AttentionSettings): number;
  /**
   * Checks whether a model can have this kind of attention.
   *
   * @throws RangeError for a model that cannot have this kind.
   */
  check?(model: AttentionSettings): void;
  /** The attention of one layer, whose parameters' names begin with `blocks.${layer}.attention`. */
  inLayer(model: AttentionSettings, layer: number): LayerAttention;
}

/** The inputs of an attention layer. */
export interface AttentionInput<X> {
  /** The block's input after its norm, `[N, C]`. */
  readonly input: X;
  /** Queries, keys and values as columns, `[N, (H + 2K) D]`. */
  readonly qkv: X;
}

/** The attention of one layer: its parameters, mask, computation, cache and cost. */
export interface LayerAttention {
  /**
   * The parameters of the layer in addition to the projections of queries, keys, values and the
   * output.
   */
  readonly parameters: readonly ParameterSpec[];
  /**
   * Floating-point operations of a training step for each token besides 6 for each parameter; negative
   * where parameters are read by few tokens.
   */
  readonly operationsPerToken: number;

  /** Attention within whole sequences, `[N, H D]`; writes what later positions need to the pass's cache. */
  readonly whole: (operands: AttentionInput<tf.Tensor2D>, pass: WholePass) => tf.Tensor2D;
  /**
   * Attention within whole sequences in steps to inspect, composed from public ops: on every engine, and
   * without a gradient.
   */
  readonly steps: (operands: AttentionInput<tf.Tensor2D>, pass: WholePass) => AttentionSteps;
  /** Attention of new positions to what the cache keeps of earlier ones, `[N, H D]`. */
  readonly cached: (operands: AttentionInput<tf.Tensor2D>, pass: CachedPass) => tf.Tensor2D;
  /**
   * Records the ops of a decoding step for engines that run whole steps; absent where those have no ops
   * for it: such a model runs op by op.
   */
  readonly lower?: <X>(operands: AttentionInput<X>, recorder: StepRecorder<X>) => X;

  /** The rows that the layer needs in a cache of `capacity` positions. */
  readonly layout: (capacity: number) => CacheLayout;
  /** Rows of memory of a sequence of this length, which are those that its next position sees. */
  readonly memoryRowsAt: (length: number) => number;
  /**
   * The most positions, `length` or fewer, from which the layer can go on when rows of positions before
   * `oldest` are overwritten.
   */
  readonly knownLength: (length: number, oldest: number) => number;
  /** The row in which a position is kept of a sequence that has `length` positions. */
  readonly heldRow: (layout: CacheLayout, position: number, length: number) => number;
  /** The first position that a position sees. */
  readonly firstSeen: (position: number) => number;
  /**
   * Converts scores or weights of keys to scores or weights of tokens, from the first visible token on. The
   * numbers stay the same unless a key stands for more than one token.
   */
  readonly byToken: (
    keys: ArrayLike<number>,
    of: 'scores' | 'weights',
    tokens: number,
  ) => ArrayLike<number>;
}

/** The parameters of a pass, and the op that kinds of attention share with the model. */
export interface AttentionPass {
  readonly parameter: (name: string) => tf.Tensor;
  readonly linear: (x: tf.Tensor2D, name: string) => tf.Tensor2D;
}

/** A pass over whole sequences. */
export interface WholePass extends AttentionPass {
  readonly shape: AttentionShape;
  /** Number of query positions of each sequence, T: those after the memory. */
  readonly queries: number;
  /** Applied to attention weights. */
  readonly dropout: Dropout;
  /** The cache that keeps what later positions of new sequences need. */
  readonly cache?: LayerCache;
  /** Receives groups of positions, one group a row, if the kind of attention has groups. */
  readonly onGroups?: (part: Grouped, groups: tf.Tensor2D) => void;
}

/** A pass over new positions of sequences that have begun. */
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

/** Part of what attention reads: its input, `[N, C]`, or the keys or values in qkv, `[N, 3C]`. */
export type Grouped = 'input' | 'keys' | 'values';

/** Keys and values of groups of positions. */
export interface GroupMemory<X> {
  /** Positions of a group, K. */
  readonly groupLength: number;
  /** `[groups, C]`; or both the same, `[groups, 3C]`, laid out as qkv. */
  readonly keys: X;
  readonly values: X;
}

/** Description of a layer's attention for an engine that runs whole steps. */
export interface StepAttention<X> {
  /** Positions in blocks: a position sees its own block up to itself, and whole blocks before it. */
  readonly blocks?: { readonly blockLength: number; readonly blocksBack: number };
  /** Number of positions that one sees, itself among them, in a sliding window. */
  readonly windowLength?: number;
  /** A learned table of distances, `[H * M, D]`: the parameter's name and a head's rows, M. */
  readonly distances?: { readonly name: string; readonly rows: number };
  /** The groups of positions that replace positions. */
  readonly memory?: GroupMemory<X>;
  /** The input from which the memory is made, if it is made from the input. */
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
