import type { SettingTable } from '@ramble/core';
import { shownValue } from '@ramble/core/files';
import { MAX_VOCAB_SIZE, type Tokenizer } from '@ramble/tokenizers';

const NAME = '[A-Za-z][A-Za-z\\d-]*';

/** Returns the token that selects the target language: `<2fr>`. */
export function tagOf(language: string): string {
  return `<2${language}>`;
}

/** Returns the languages for which a tokenizer has a tag, in alphabetical order. */
export function languagesOf({ specialTokens }: Pick<Tokenizer, 'specialTokens'>): string[] {
  const tag = new RegExp(`^<2(${NAME})>$`);
  const names = [...specialTokens.keys()].map((token) => tag.exec(token)?.[1]);
  return names.filter((name) => name !== undefined).sort();
}

/** Returns the name of an example's field for an error: `pairs.jsonl line 3: to`. */
export function fieldOf(name: string, place?: string): string {
  return place === undefined ? name : `${place}: ${name}`;
}

/**
 * Checks the name of a language.
 *
 * @throws RangeError unless it is a letter followed by letters, digits and hyphens.
 */
export function checkLanguage(name: string, language: string): void {
  if (new RegExp(`^${NAME}$`).test(language)) return;
  throw new RangeError(
    `${name}: expected a language such as fr or pt-br, got ${shownValue(language)}`,
  );
}

/** Settings that turn pairs into tokens and loss weights. */
export interface TranslationOptions {
  /** Number of ids of the byte-pair encoding that both sides share. */
  readonly bpeVocabSize: number;
  /** Source language of pairs that do not name one. */
  readonly sourceLanguage: string;
  readonly targetLanguage: string;
  /**
   * Whether to learn both directions: training swaps source and target of a random half of the pairs in each
   * epoch.
   */
  readonly bothDirections: boolean;
  /** Weight of predicting a token of the source; a token of the target has 1. */
  readonly sourceLoss: number;
  /** Treatment of a pair that is longer than the context. */
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
    description: 'Language of the source if pairs do not name it, such as en.',
  },
  targetLanguage: {
    kind: 'string',
    default: 'target',
    description: 'Language of the target if pairs do not name it, such as fr.',
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
    description: 'Treatment of pairs that are longer than the context.',
  },
};
