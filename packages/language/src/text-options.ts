import type { SettingTable } from '@ramble/core';
import { MAX_VOCAB_SIZE } from '@ramble/tokenizers';

/** The options of turning text into tokens. */
export interface TextOptions {
  readonly tokenizer: 'char' | 'bytes' | 'bpe' | 'gpt2';
  /** Ids of a byte-pair encoding that is trained on the data. */
  readonly bpeVocabSize: number;
  /** What a character does that the training text does not have (`char`). */
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
    description: 'What to do with a character that the training text does not have.',
  },
};
