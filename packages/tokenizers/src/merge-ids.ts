import { Heap } from './heap.js';
import { type MergeTable } from './merge-table.js';

/**
 * Merges the tokens of a word, the pair of the lowest rank first and of equal ones the leftmost, until
 * no neighbours are a pair of the table.
 *
 * The tokens are a linked list and the pairs wait in a heap, so that a word of `n` tokens costs
 * `n log n` and a line of a million letters takes a second, not a day.
 *
 * @param ids - The tokens of the word; they are overwritten.
 * @returns the ids of the merged tokens.
 * @see Sennrich et al. 2016, https://arxiv.org/abs/1508.07909
 */
export function mergeIds(ids: Int32Array, table: MergeTable): number[] {
  const length = ids.length;
  const next = new Int32Array(length);
  const previous = new Int32Array(length);
  for (let at = 0; at < length; at++) {
    next[at] = at + 1;
    previous[at] = at - 1;
  }

  const candidates = new Heap<number>((a, b) => a < b);
  const rankAt = (at: number): number | undefined =>
    at >= 0 && next[at] < length ? table.rank(ids[at], ids[next[at]]) : undefined;
  const offer = (at: number): void => {
    const rank = rankAt(at);
    if (rank !== undefined) candidates.push(rank * POSITIONS + at);
  };
  for (let at = 0; at < length; at++) offer(at);

  for (;;) {
    const candidate = candidates.pop();
    if (candidate === undefined) break;
    const rank = Math.floor(candidate / POSITIONS);
    const at = candidate % POSITIONS;
    if (ids[at] === GONE || rankAt(at) !== rank) continue; // a merge beside it was faster
    const absorbed = next[at];
    ids[at] = table.mergedId(rank);
    ids[absorbed] = GONE;
    next[at] = next[absorbed];
    if (next[at] < length) previous[next[at]] = at;
    offer(previous[at]);
    offer(at);
  }
  const merged: number[] = [];
  for (let at = 0; at < length; at = next[at]) merged.push(ids[at]);
  return merged;
}

const GONE = -1;
/** A candidate is `rank * POSITIONS + position`: exact in a double up to a rank of 2^21. */
const POSITIONS = 2 ** 32;
