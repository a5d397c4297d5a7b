import { wordsOf } from './words.js';

/**
 * How much each sentence, or other part, is about what its document is about: the cosine between its words
 * and those of the document, where a word weighs as often as it stands there times the logarithm of how few sentences
 * have it.
 *
 * @returns a number a sentence, 0 to 1.
 * @see Radev et al. 2004 (centroids), https://arxiv.org/abs/cs/0005020; Liu et al. 2018, section 3.2.2
 *   (tf-idf to shorten a source), https://arxiv.org/abs/1801.10198
 */
export function tfIdfScores(sentences: readonly string[]): number[] {
  const counts = sentences.map((sentence) => countWords(wordsOf(sentence)));
  const sentencesWith = new Map<string, number>();
  const whole = new Map<string, number>();
  for (const count of counts) {
    for (const [word, times] of count) {
      sentencesWith.set(word, (sentencesWith.get(word) ?? 0) + 1);
      whole.set(word, (whole.get(word) ?? 0) + times);
    }
  }
  // One more than there are, so that a word of all sentences, or of the only one, weighs a little.
  const weigh = (word: string, times: number): number =>
    times * Math.log((sentences.length + 1) / (sentencesWith.get(word) ?? 1));
  const norm = (count: ReadonlyMap<string, number>): number =>
    Math.sqrt(sum(count, (word, times) => weigh(word, times) ** 2));
  const wholeNorm = norm(whole);
  return counts.map((count) => {
    const product = sum(
      count,
      (word, times) => weigh(word, times) * weigh(word, whole.get(word) ?? 0),
    );
    return product === 0 ? 0 : product / (norm(count) * wholeNorm);
  });
}

function countWords(words: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

function sum(
  counts: ReadonlyMap<string, number>,
  term: (word: string, times: number) => number,
): number {
  let total = 0;
  for (const [word, times] of counts) total += term(word, times);
  return total;
}
