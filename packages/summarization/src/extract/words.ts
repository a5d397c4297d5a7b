import { ROUGE_TOKENIZERS } from '@ramble/metrics';

/** The words of a text in lower case, of any script. */
export const wordsOf = ROUGE_TOKENIZERS.unicode;

/** The first `count` words as they stand, with what is between them. */
export function firstWords(text: string, count: number): string {
  const words = text.trim().split(/\s+/);
  return words.slice(0, count).join(' ');
}
