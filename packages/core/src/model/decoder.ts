import type { LayerAttention, LayerMaker } from '../attention/attention-kind.js';
import {
  type AttentionName,
  CAUSAL,
  LOCAL,
  LOCAL_INDEPENDENT,
  patternKinds,
  patternNames,
  PREFIX,
  WINDOW,
} from '../attention/attention-kinds.js';
import { compressed, compressedInput } from '../attention/compressed.js';
import { alibiTerm, relativeTerm } from '../attention/distance-scores.js';
import { maskedAttention } from '../attention/masked.js';
import { transformerXl } from '../attention/transformer-xl.js';
import type { ModelConfig } from '../config/model-config.js';
import type { Adapters } from '../parameters/adapter-kind.js';
import { type MlpKind, mlpOf } from '../mlp/mlps.js';
import { type BlockNorms, blockNorms, type NormKind, normOf } from '../norm/norms.js';
import { type LayerPositions, positionsOf } from '../positions/positions.js';
import type { CacheFormat } from './cache-format.js';

/**
 * A model's config, compiled once: each name of a kind, such as `rms`, is replaced by the object that computes it. A
 * config is plain data that can be saved and compared; a decoder contains functions.
 */
export interface Decoder {
  readonly config: ModelConfig;
  readonly layers: readonly Layer[];
  readonly norm: NormKind;
  /** Positions that are added to the token embeddings. */
  readonly inputPositions: LayerPositions;
  /**
   * Whether the first positions of a sequence attend to one another in both directions, so that a prefix is
   * read as a whole.
   */
  readonly hasPrefix: boolean;
  /** Whether the model remembers earlier segments, so that sequences can be longer than the context. */
  readonly remembersSegments: boolean;
  /** Whether keys and values of the end of a sequence stay valid when the tokens before it change. */
  readonly isMovable: boolean;
  /** Maximum number of positions of a sequence: the context, or Infinity for a model that remembers segments. */
  readonly maxPositions: number;
  /** Format of the keys and values in the model's caches; f32 by default. */
  readonly cacheFormat?: CacheFormat;
  /** The adapters of a model whose other parameters are frozen; absent for a model without adapters. */
  readonly adapters?: Adapters;
}

/** One block of a decoder: its attention, norms, positions and MLP. */
export interface Layer {
  /** Index of the block, from 0. */
  readonly index: number;
  /** Prefix of the names of the block's parameters. */
  readonly name: `blocks.${number}`;
  readonly norms: BlockNorms;
  readonly positions: LayerPositions;
  readonly attention: LayerAttention;
  readonly mlp: MlpKind;
  /** Whether queries and keys are normalized. */
  readonly normsHeads: boolean;
}

/** The computation of each kind of attention. */
const ATTENTION_LAYERS: Readonly<Record<AttentionName, LayerMaker>> = {
  causal: maskedAttention(CAUSAL),
  prefix: maskedAttention(PREFIX),
  relative: maskedAttention(CAUSAL, relativeTerm),
  local: maskedAttention(LOCAL),
  'local-independent': maskedAttention(LOCAL_INDEPENDENT),
  'relative-local': maskedAttention(LOCAL, relativeTerm),
  window: maskedAttention(WINDOW),
  'transformer-xl': transformerXl,
  alibi: maskedAttention(CAUSAL, alibiTerm),
  compressed,
  'compressed-input': compressedInput,
};

/** Compiles the settings of a model. It has no side effects; `modelOf` calls it once for each model. */
export function decoderOf(config: ModelConfig): Decoder {
  const { nLayer, contextLength, queryKeyNorm } = config;
  const kinds = patternKinds(config.attention);
  const names = patternNames(config.attention);
  const positionsAt = positionsOf(config);
  const shared = {
    norms: blockNorms(config),
    mlp: mlpOf(config),
    normsHeads: queryKeyNorm !== undefined,
  };
  const remembersSegments = kinds.some(({ remembers }) => remembers);
  return {
    config,
    layers: Array.from({ length: nLayer }, (_, index): Layer => {
      const kind = kinds[index % kinds.length];
      return {
        ...shared,
        index,
        name: `blocks.${index}`,
        positions: positionsAt({ layer: index, seesWindow: kind.slides ?? false }),
        attention: ATTENTION_LAYERS[names[index % names.length]](config, index),
      };
    }),
    norm: normOf(config),
    inputPositions: positionsAt('input'),
    hasPrefix: kinds.some(({ hasPrefix }) => hasPrefix),
    remembersSegments,
    isMovable: config.positions === 'none' && kinds.every(({ isMovable }) => isMovable),
    maxPositions: remembersSegments ? Infinity : contextLength,
  };
}
