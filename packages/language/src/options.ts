import type { SettingTable } from '@ramble/core';

/** Maximum of `bpeVocabSize`: `MAX_VOCAB_SIZE` of `@ramble/tokenizers`, which this file does not load. */
const MAX_VOCAB_SIZE = 2 ** 20;

/** Options for turning text into tokens. */
export interface TextOptions {
  readonly tokenizer: 'char' | 'bytes' | 'bpe' | 'gpt2';
  /** Number of ids of a byte-pair encoding that is trained on the data. */
  readonly bpeVocabSize: number;
  /** Treatment of characters that the training text lacks, with a tokenizer of characters (`char`). */
  readonly unknown: 'error' | 'replace';
}

/**
 * Every option of the text domain with its range, default and description, as `ramble text train
 * --help` lists them.
 */
export const TEXT_OPTIONS: SettingTable<TextOptions> = {
  tokenizer: {
    kind: 'choice',
    choices: ['char', 'bytes', 'bpe', 'gpt2'],
    default: 'bpe',
    description: "Characters, bytes, byte pairs learned from the data, or GPT-2's byte pairs.",
  },
  bpeVocabSize: {
    kind: 'integer',
    min: 257,
    max: MAX_VOCAB_SIZE,
    default: 1024,
    description: 'Number of tokens of a byte-pair encoding that is learned from the data.',
  },
  unknown: {
    kind: 'choice',
    choices: ['error', 'replace'],
    default: 'error',
    description: 'Treatment of a character that the training text lacks.',
  },
};
