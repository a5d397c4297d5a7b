import type { SettingTable } from '../settings/settings.js';

/** The settings of a model's heads of attention. */
export interface HeadSettings {
  /** Heads of queries of each block, H. */
  readonly nHead: number;
  /** Heads of keys and values, K, each shared by H / K heads of queries in a row. */
  readonly nKvHead: number;
  /** Width of a head, D; H * D need not be the width of the stream. */
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

/** The table of these settings. */
export const HEAD_SETTINGS: SettingTable<HeadSettings> = {
  nHead: {
    kind: 'integer',
    min: 1,
    max: MAX_HEADS,
    default: 4,
    description:
      'Number of attention heads in each block; must divide the width, unless that of a head is given.',
  },
  nKvHead: {
    kind: 'integer',
    min: 1,
    max: MAX_HEADS,
    derived: 'nHead',
    isLater: true,
    description:
      'Number of heads of keys and values; must divide the number of attention heads, which share them.',
  },
  headDim: {
    kind: 'integer',
    min: 1,
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
    kind: 'number',
    min: 0,
    exclusive: 'min',
    derived: '1 / sqrt(headDim)',
    isLater: true,
    description: 'Factor of the products of queries and keys.',
  },
  scoreCap: {
    kind: 'number',
    min: 0,
    exclusive: 'min',
    derived: 'none',
    isLater: true,
    description: 'Bound of attention scores, which approach it as tanh does.',
  },
};
