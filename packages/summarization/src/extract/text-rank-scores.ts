import { wordsOf } from './words.js';

/** Sentences beyond these get 0: the work grows with the square of their number. */
const MAX_SENTENCES = 300;
const DAMPING = 0.85;
const MAX_ROUNDS = 100;
const TOLERANCE = 1e-6;

/**
 * TextRank: how much a sentence is recommended by others that share words with it, which count as much as
 * they are recommended themselves.
 *
 * @returns a number a sentence.
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

/** Words in common, for the lengths of both. */
function likeness(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let common = 0;
  for (const word of a) if (b.has(word)) common++;
  // Sentences of one word each have a logarithm of none.
  return common === 0 ? 0 : common / Math.max(Math.log(a.size) + Math.log(b.size), Math.log(2));
}
