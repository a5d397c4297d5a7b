import { countIds, type NgramIds, ngramIds, tokenIds } from '../text/ngram-ids.js';
import { longestCommonLength, longestCommonPlaces } from './longest-common.js';

/** The overlap of a hypothesis and a reference, 0 to 1. */
export interface Overlap {
  /** Share of the hypothesis that the reference has too. */
  readonly precision: number;
  /** Share of the reference that the hypothesis has too. */
  readonly recall: number;
  readonly f1: number;
}

/** ROUGE-1, ROUGE-2, ROUGE-L and ROUGE-Lsum of a text, in that order. */
export function rougeMeasures(
  hypothesis: string,
  reference: string,
  wordsOf: (text: string) => string[],
): readonly Overlap[] {
  const words = [hypothesis, reference].map(wordsOf);
  const [one, two] = ngramIds(words, 2);
  const [own, other] = one.sequences;
  const common = longestCommonLength(own, other);
  return [
    ngramOverlap(one),
    ngramOverlap(two),
    overlap(common, own.length, other.length),
    summaryOverlap(sentencesOf(hypothesis, wordsOf), sentencesOf(reference, wordsOf)),
  ];
}

function ngramOverlap({ count, sequences: [own, other] }: NgramIds): Overlap {
  const [ours, theirs] = [countIds(own, count), countIds(other, count)];
  const common = ours.reduce((sum, times, id) => sum + Math.min(times, theirs[id]), 0);
  return overlap(common, own.length, other.length);
}

/**
 * ROUGE-Lsum: for each sentence of the reference the union of its longest common subsequences with the
 * sentences of the hypothesis, no word counted more often than both have it.
 */
function summaryOverlap(
  hypothesis: readonly (readonly string[])[],
  reference: readonly (readonly string[])[],
): Overlap {
  const { count, sequences } = tokenIds([...hypothesis, ...reference]);
  const [own, other] = [sequences.slice(0, hypothesis.length), sequences.slice(hypothesis.length)];
  const left = [own, other].map((sentences) => countAll(sentences, count));
  let common = 0;
  for (const sentence of other) {
    const places = new Set(own.flatMap((candidate) => longestCommonPlaces(sentence, candidate)));
    for (const place of places) {
      const id = sentence[place];
      if (left.every((counts) => counts[id] > 0)) {
        common++;
        for (const counts of left) counts[id]--;
      }
    }
  }
  return overlap(common, lengthOf(own), lengthOf(other));
}

/** Lines that are not empty, as words. */
function sentencesOf(text: string, wordsOf: (text: string) => string[]): string[][] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map(wordsOf);
}

function countAll(sentences: readonly Int32Array[], count: number): Int32Array {
  const counts = new Int32Array(count);
  for (const sentence of sentences) {
    for (const id of sentence) counts[id]++;
  }
  return counts;
}

function lengthOf(sentences: readonly Int32Array[]): number {
  return sentences.reduce((sum, { length }) => sum + length, 0);
}

function overlap(common: number, ownLength: number, otherLength: number): Overlap {
  const precision = common / Math.max(ownLength, 1);
  const recall = common / Math.max(otherLength, 1);
  const sum = precision + recall;
  return { precision, recall, f1: sum > 0 ? (2 * precision * recall) / sum : 0 };
}
