import { alignWords } from './align-words.js';
import { editDistances } from './edit-distances.js';
import { findBestShift } from './find-best-shift.js';

/** Candidates after which no more shifts are looked for, as in sacreBLEU. */
const MAX_CANDIDATES = 1000;

/**
 * The edits that turn a hypothesis into a reference: shifts of words, one after the other while one
 * brings it nearer, then insertions, deletions and replacements.
 *
 * @param hypothesis - Words as numbers.
 * @param reference - Words as numbers.
 */
export function countEdits(hypothesis: Int32Array, reference: Int32Array): number {
  if (reference.length === 0) return hypothesis.length;
  const distances = editDistances(reference, hypothesis.length);
  let [words, shifts, candidates] = [hypothesis, 0, 0];
  for (;;) {
    distances.fill(words);
    const alignment = alignWords(distances);
    const shift = findBestShift(
      { words, reference, distances, alignment },
      MAX_CANDIDATES - candidates,
    );
    candidates += shift.candidates;
    // A shift that was found as the last candidate allowed is not made.
    if (candidates >= MAX_CANDIDATES || shift.gain <= 0) return shifts + distances.last();
    words = shift.words;
    shifts++;
  }
}
