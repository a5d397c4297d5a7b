/** Cuts a text into the words whose n-grams ROUGE counts. */
export type RougeTokenizer = keyof typeof ROUGE_TOKENIZERS;

/**
 * Tokenizers by name. `ascii` is rouge-score's: runs of a to z and 0 to 9, so that every other letter
 * parts words. `unicode` takes the letters, marks and digits of all scripts, and each character of
 * Chinese and Japanese as a word.
 */
export const ROUGE_TOKENIZERS = {
  ascii: (text: string): string[] => text.toLowerCase().match(/[a-z0-9]+/g) ?? [],
  unicode: (text: string): string[] =>
    text.normalize('NFC').toLowerCase().match(UNICODE_WORD) ?? [],
} as const;

const UNICODE_WORD =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]|(?:(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}])[\p{L}\p{N}\p{M}])+/gu;
