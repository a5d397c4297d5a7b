import { sentencesOf } from './sentences.js';
import { textRankScores } from './text-rank-scores.js';
import { tfIdfScores } from './tf-idf-scores.js';
import { firstWords, wordsOf } from './words.js';

/** A summary that is copied from its document. */
export type Extractor = (document: string, wordCount: number) => string;

/**
 * Summaries that need no model, by name: what a summarizer has to be better than.
 * `lead words` takes as many words as are asked for from the beginning, the others whole sentences until
 * there are as many: the first ones, or the best by tf-idf or TextRank, in the order of the document.
 * `lead sentence` is the first one, however long.
 */
export const EXTRACTORS: Readonly<Record<string, Extractor>> = {
  'lead words': firstWords,
  'lead sentence': (document) => bestSentences(document, 0, inOrder),
  'lead sentences': (document, wordCount) => bestSentences(document, wordCount, inOrder),
  'tf-idf sentences': (document, wordCount) => bestSentences(document, wordCount, tfIdfScores),
  'TextRank sentences': (document, wordCount) => bestSentences(document, wordCount, textRankScores),
};

function inOrder(sentences: readonly string[]): number[] {
  return sentences.map((_, i) => -i);
}

function bestSentences(
  document: string,
  wordCount: number,
  score: (sentences: readonly string[]) => readonly number[],
): string {
  const sentences = sentencesOf(document).filter((sentence) => sentence.trim() !== '');
  const scores = score(sentences);
  const ranked = sentences.map((_, i) => i).sort((a, b) => scores[b] - scores[a]);
  const chosen: number[] = [];
  let count = 0;
  for (const place of ranked) {
    if (count >= wordCount && chosen.length > 0) break;
    chosen.push(place);
    count += wordsOf(sentences[place]).length;
  }
  return chosen
    .sort((a, b) => a - b)
    .map((place) => sentences[place].trim())
    .join(' ');
}
