import { sentencesOf } from './sentences.js';
import { textRankScores } from './text-rank-scores.js';
import { tfIdfScores } from './tf-idf-scores.js';
import { unwrapLines } from './unwrap-lines.js';
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
  'lead sentence': (document) => bestSentences(document, untilWords(0), inOrder),
  'lead sentences': (document, wordCount) =>
    bestSentences(document, untilWords(wordCount), inOrder),
  'tf-idf sentences': (document, wordCount) =>
    bestSentences(document, untilWords(wordCount), tfIdfScores),
  'TextRank sentences': (document, wordCount) =>
    bestSentences(document, untilWords(wordCount), textRankScores),
};

/** How sentences are ranked, by the name of the method: the best by TextRank or tf-idf, or the first. */
const RANKINGS = { textrank: textRankScores, 'tf-idf': tfIdfScores, lead: inOrder } as const;

/** A method that copies whole sentences. */
export type ExtractionMethod = keyof typeof RANKINGS;

/** Names of the methods that copy whole sentences. */
export const EXTRACTION_METHODS = Object.keys(RANKINGS) as readonly ExtractionMethod[]; // its own keys

/** How long a summary is to be; with both, whichever is reached first. */
export interface ExtractLength {
  readonly sentences?: number;
  /** Whole sentences are taken until there are so many. */
  readonly words?: number;
}

/** A summary in sentences of its document, in their order there; a sentence may be wrapped over lines. */
export function extractSummary(
  document: string,
  method: ExtractionMethod,
  { sentences = Infinity, words = Infinity }: ExtractLength,
): string {
  const isEnough: IsEnough = (count) => count.sentences >= sentences || count.words >= words;
  return bestSentences(unwrapLines(document), isEnough, RANKINGS[method]);
}

type IsEnough = (count: { readonly sentences: number; readonly words: number }) => boolean;

function untilWords(wordCount: number): IsEnough {
  return ({ words, sentences }) => words >= wordCount && sentences > 0;
}

function inOrder(sentences: readonly string[]): number[] {
  return sentences.map((_, i) => -i);
}

function bestSentences(
  document: string,
  isEnough: IsEnough,
  score: (sentences: readonly string[]) => readonly number[],
): string {
  const sentences = sentencesOf(document).filter((sentence) => sentence.trim() !== '');
  const scores = score(sentences);
  const ranked = sentences.map((_, i) => i).sort((a, b) => scores[b] - scores[a]);
  const chosen: number[] = [];
  let words = 0;
  for (const place of ranked) {
    if (isEnough({ words, sentences: chosen.length })) break;
    chosen.push(place);
    words += wordsOf(sentences[place]).length;
  }
  return chosen
    .sort((a, b) => a - b)
    .map((place) => sentences[place].trim())
    .join(' ');
}
