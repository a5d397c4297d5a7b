import { wordsOf } from '@ramble/summarization';

/**
 * The share of the outputs' n-grams of words that are not in their documents, 0 to 1; 0 where there are
 * none.
 */
export function novelShare(
  outputs: readonly string[],
  documents: readonly string[],
  order: number,
): number {
  let [all, novel] = [0, 0];
  for (const [i, output] of outputs.entries()) {
    const known = new Set(ngrams(documents[i], order));
    for (const ngram of ngrams(output, order)) {
      all++;
      if (!known.has(ngram)) novel++;
    }
  }
  return all > 0 ? novel / all : 0;
}

/** Words of all outputs for each word of all references. */
export function lengthRatio(outputs: readonly string[], references: readonly string[]): number {
  const count = (texts: readonly string[]): number =>
    texts.reduce((sum, text) => sum + wordsOf(text).length, 0);
  return count(outputs) / count(references);
}

function ngrams(text: string, order: number): string[] {
  const words = wordsOf(text);
  return words
    .slice(0, Math.max(0, words.length - order + 1))
    .map((_, i) => words.slice(i, i + order).join(' '));
}
