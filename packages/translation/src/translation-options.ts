import type { SettingTable } from '@ramble/core';
import { MAX_VOCAB_SIZE } from '@ramble/tokenizers';

/** How pairs become tokens, and what is learned from them. */
export interface TranslationOptions {
  /** Ids of the byte-pair encoding that both sides share. */
  readonly bpeVocabSize: number;
  /** Languages of pairs that do not name theirs. */
  readonly sourceLanguage: string;
  readonly targetLanguage: string;
  /** Learns to translate back as well: training turns half of the pairs round, others each time. */
  readonly bothDirections: boolean;
  /** Weight of predicting a token of the source; one of the target has 1. */
  readonly sourceLoss: number;
  /** What becomes of a pair that is longer than the context. */
  readonly longPairs: 'leave-out' | 'cut' | 'refuse';
}

/**
 * Every option of the translation domain with its range, default and description, as `ramble
 * translation train --help` lists them.
 */
export const TRANSLATION_OPTIONS: SettingTable<TranslationOptions> = {
  bpeVocabSize: {
    kind: 'integer',
    min: 257,
    max: MAX_VOCAB_SIZE,
    default: 8000,
    description: 'Number of tokens of the byte-pair encoding that both sides share.',
  },
  sourceLanguage: {
    kind: 'string',
    default: 'source',
    description: 'Language of the source, where pairs do not name it, such as en.',
  },
  targetLanguage: {
    kind: 'string',
    default: 'target',
    description: 'Language of the target, where pairs do not name it, such as fr.',
  },
  bothDirections: {
    kind: 'boolean',
    default: false,
    description: 'Learn to translate in both directions.',
  },
  sourceLoss: {
    kind: 'number',
    min: 0,
    max: 1,
    default: 0,
    description: 'Weight of the loss on source tokens; target tokens have 1.',
  },
  longPairs: {
    kind: 'choice',
    choices: ['leave-out', 'cut', 'refuse'],
    default: 'leave-out',
    description: 'What to do with pairs that are longer than the context.',
  },
};
