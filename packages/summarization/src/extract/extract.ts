import { ROUGE_TOKENIZERS } from '@ramble/metrics';

/**
 * Matches the end of a sentence, with the white space after it: a punctuation mark that no lower-case letter follows,
 * a Chinese or Japanese mark anywhere, or the end of a line. `Intl.Segmenter` is more precise, but takes minutes for
 * a megabyte.
 */
const END =
  /[.!?…](?![.!?…])["'”’)\]]*\s+(?=[^\p{Ll}\s])|[。！？](?![。！？])["'”’）」』]*\s*|\n\s*/gu;

/** Splits a text into sentences, each with the white space after it. Joined, they are the text. */
export function sentencesOf(text: string): string[] {
  return partsBehind(text, END);
}

/** Splits a text into paragraphs, each with the blank lines after it. Joined, they are the text. */
export function paragraphsOf(text: string): string[] {
  return partsBehind(text, /\n[^\S\n]*\n\s*/g);
}

/** Splits a text after each match of `end`. Joined, the parts are the text. */
function partsBehind(text: string, end: RegExp): string[] {
  const parts: string[] = [];
  let start = 0;
  for (const { index, 0: found } of text.matchAll(end)) {
    parts.push(text.slice(start, index + found.length));
    start = index + found.length;
  }
  if (start < text.length) parts.push(text.slice(start));
  return parts;
}

/** Splits a text into words, in lower case and in any script. */
export const wordsOf = ROUGE_TOKENIZERS.unicode;

/** Returns the first `count` words, separated by single spaces. */
function firstWords(text: string, count: number): string {
  const words = text.trim().split(/\s+/);
  return words.slice(0, count).join(' ');
}

/** Minimum length of a line that may be wrapped: the narrowest usual column minus a long word. */
const MIN_WIDTH = 40;

/**
 * Joins the lines of wrapped paragraphs, so that the end of a line is not mistaken for the end of a sentence.
 * Lists, headings and paragraphs with a sentence on each line stay as they are.
 */
export function unwrapLines(text: string): string {
  return paragraphsOf(text)
    .map((paragraph) => {
      const body = paragraph.trimEnd();
      const lines = body.split('\n').map((line) => line.trim());
      const width = lines.reduce((most, { length }) => Math.max(most, length), 0);
      const wrapped = lines.slice(0, -1).filter((line, i) => isWrapped(line, lines[i + 1], width));
      if (wrapped.length === 0 || wrapped.length * 2 < lines.length - 1) return paragraph;
      return lines.join(' ') + paragraph.slice(body.length);
    })
    .join('');
}

/** Whether a line ends within a sentence, because the next word did not fit. */
function isWrapped(line: string, next: string, width: number): boolean {
  if (line.length < MIN_WIDTH || /^([-*•]|\d+[.)])\s/.test(next)) return false;
  const hasRoom = `${line} ${next.split(/\s/, 1)[0]}`.length <= width;
  return !hasRoom && !/[.!?…。！？:]["'”’)\]」』]*$/u.test(line);
}

/**
 * Maximum number of sentences that are scored, because the work grows with the square of the number. Further
 * sentences get the score 0.
 */
const MAX_SENTENCES = 300;
const DAMPING = 0.85;
const MAX_ROUNDS = 100;
const TOLERANCE = 1e-6;

/**
 * Computes TextRank scores: PageRank over sentences, with edges weighted by their common words.
 *
 * @returns one score per sentence.
 * @see Mihalcea and Tarau 2004, section 4, https://aclanthology.org/W04-3252
 */
export function textRankScores(sentences: readonly string[]): number[] {
  const words = sentences.slice(0, MAX_SENTENCES).map((sentence) => new Set(wordsOf(sentence)));
  const links = words.map((own, i) =>
    words.map((other, j) => (i === j ? 0 : likeness(own, other))),
  );
  const given = links.map((row) => row.reduce((total, link) => total + link, 0));
  let scores = words.map(() => 1);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const next = links.map(
      (row) =>
        1 -
        DAMPING +
        DAMPING *
          row.reduce((sum, link, j) => sum + (link > 0 ? (link / given[j]) * scores[j] : 0), 0),
    );
    const change = Math.max(0, ...next.map((score, i) => Math.abs(score - scores[i])));
    scores = next;
    if (change < TOLERANCE) break;
  }
  return sentences.map((_, i) => (i < scores.length ? scores[i] : 0));
}

/** Returns the number of words that two sentences have in common, normalized by the lengths of both, as in TextRank. */
function likeness(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let common = 0;
  for (const word of a) if (b.has(word)) common++;
  // For two sentences of one word, the sum of logarithms is 0.
  return common === 0 ? 0 : common / Math.max(Math.log(a.size) + Math.log(b.size), Math.log(2));
}

/**
 * Computes the similarity of each sentence, or other part, to the whole document: the cosine of their tf-idf
 * vectors. A word's weight is its number of occurrences times log(number of sentences / number of sentences
 * that contain it).
 *
 * @returns one score per sentence, 0 to 1.
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
  // The number of sentences plus one, so that a word that is in all sentences keeps a small weight.
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

/** A method that copies a summary of about `wordCount` words from a document. */
export type Extractor = (document: string, wordCount: number) => string;

/**
 * Summarizers without a model, by name, as baselines. `lead words` takes the given number of words from the
 * beginning, and `lead sentence` the first sentence, of any length. All others take whole sentences, in document
 * order, until these have the given number of words: the first sentences, or the best by tf-idf or TextRank.
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

/**
 * Functions that score sentences for a summary, by the name of the method: TextRank, tf-idf, or the order in the
 * text.
 */
const RANKINGS = { textrank: textRankScores, 'tf-idf': tfIdfScores, lead: inOrder } as const;

/** A method that copies whole sentences. */
export type ExtractionMethod = keyof typeof RANKINGS;

/** Names of the methods that copy whole sentences. */
export const EXTRACTION_METHODS = Object.keys(RANKINGS) as readonly ExtractionMethod[]; // its own keys

/** Length of a summary. With both limits, the first one that is reached applies. */
export interface ExtractLength {
  readonly sentences?: number;
  /** Number of words after which no further sentence is taken. */
  readonly words?: number;
}

/** Summarizes a document by copying sentences, in document order. Sentences may be wrapped over lines. */
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
