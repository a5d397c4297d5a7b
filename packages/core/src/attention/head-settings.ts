import { POSITIVE, POSITIVE_COUNT, type SettingTable } from '../settings/settings.js';

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

/** Maximum number of heads, and maximum width of one. */
const MAX_HEADS = 2 ** 16;

/** Table of the settings of heads. */
export const HEAD_SETTINGS: SettingTable<HeadSettings> = {
  nHead: {
    ...POSITIVE_COUNT,
    max: MAX_HEADS,
    default: 4,
    description:
      'Number of attention heads in each block; must divide the width of the stream, unless the width of a head is given.',
  },
  nKvHead: {
    ...POSITIVE_COUNT,
    max: MAX_HEADS,
    derived: 'nHead',
    isLater: true,
    description:
      'Number of heads of keys and values; must divide the number of attention heads, which share them.',
  },
  headDim: {
    ...POSITIVE_COUNT,
    max: MAX_HEADS,
    derived: 'nEmbd / nHead',
    isLater: true,
    description: 'Width of an attention head.',
  },
  queryKeyNorm: {
    kind: 'choice',
    choices: ['head', 'all'],
    derived: 'none',
    isLater: true,
    description: 'RMS norm of queries and keys: of each head by itself, or of all heads together.',
  },
  scoreScale: {
    ...POSITIVE,
    derived: '1 / sqrt(headDim)',
    isLater: true,
    description: 'Scale of the attention scores.',
  },
  scoreCap: {
    ...POSITIVE,
    derived: 'none',
    isLater: true,
    description: 'Bound of attention scores, which approach it as tanh does.',
  },
};
