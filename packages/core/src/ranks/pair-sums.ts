/** Adds up what micro-batches leave, in the order of a `RankShare`. */
export interface PairSums<T> {
  /**
   * Takes what a micro-batch leaves.
   *
   * @param additions - The number of sums, those that have waited the shortest, that are added to it.
   */
  add(value: T, additions: number): void;
  /** The sum of all, after the last one. */
  result(): T;
}

/**
 * Makes sums of nothing.
 *
 * @param plus - The sum of two, which may use up both.
 */
export function pairSums<T>(plus: (sum: T, waiting: T) => T): PairSums<T> {
  const waiting: T[] = [];
  return {
    add: (value, additions) => {
      let sum = value;
      for (let n = 0; n < additions; n++) sum = plus(sum, waiting.pop() as T); // a share adds what waits
      waiting.push(sum);
    },
    result: () => waiting[0],
  };
}
