import type { ModelConfig } from '@ramble/core';

/**
 * A model of the Llama family with grouped queries, whose heads together (60 columns) are wider than the residual
 * stream.
 */
export const LLAMA: Partial<ModelConfig> = {
  norm: 'rms',
  mlp: 'swiglu',
  positions: 'rotary',
  bias: 'none',
  nHead: 6,
  nKvHead: 2,
  headDim: 10,
  tiedHead: false,
};

/**
 * Settings that models after Llama have: norms before and after each sublayer, norms of queries and keys, windows, soft
 * caps, scaled embeddings, partial rotation, biases of queries, keys and values only.
 */
export const AFTER_LLAMA: Partial<ModelConfig> = {
  ...LLAMA,
  nHead: 4,
  headDim: 6,
  normPlace: 'around',
  mlp: 'geglu',
  bias: 'qkv',
  positions: 'rotary,none',
  ropeShare: 0.7,
  queryKeyNorm: 'head',
  tiedHead: true,
  window: 11,
  embeddingScale: 2,
  scoreScale: 0.4,
  scoreCap: 6,
  logitCap: 9,
};

/** Returns fixed token ids below `vocabSize` that repeat themselves now and then, as a text does. */
export function fixedText(length: number, vocabSize: number): number[] {
  return Array.from({ length }, (_, i) => (((i % 13) ** 2 + 3 * (i % 7)) * 5) % vocabSize);
}
