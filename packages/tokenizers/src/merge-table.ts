import { MAX_VOCAB_SIZE } from './max-vocab-size.js';

/** A rank and a position are one number in the heap of candidates. */
export const MAX_MERGES = 2 ** 21;

/** Two neighbouring tokens and the one that they become. */
export interface Merge {
  readonly left: number;
  readonly right: number;
  readonly merged: number;
}

/** The merges of a byte-pair encoding, in the order in which they apply. */
export class MergeTable {
  /** The id of every byte, where words are bytes. */
  readonly byteIds: Int32Array;
  readonly #ranks = new Map<number, number>();
  readonly #mergedIds: number[] = [];

  constructor(byteIds: Int32Array = new Int32Array()) {
    this.byteIds = byteIds;
  }

  /** Appends a merge; it applies after all that are there. */
  add({ left, right, merged }: Merge): void {
    this.#ranks.set(left * MAX_VOCAB_SIZE + right, this.#mergedIds.length);
    this.#mergedIds.push(merged);
  }

  /** The place of a pair in the order, `undefined` when it never merges. */
  rank(left: number, right: number): number | undefined {
    return this.#ranks.get(left * MAX_VOCAB_SIZE + right);
  }

  /** What the pair of that rank becomes. */
  mergedId(rank: number): number {
    return this.#mergedIds[rank];
  }
}
