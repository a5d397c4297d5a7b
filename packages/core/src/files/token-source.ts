/** A long run of token ids that need not fit in memory. */
export interface TokenSource {
  /** Number of tokens. */
  readonly length: number;
  /**
   * Reads a run of ids.
   *
   * @returns the ids `[start, start + count)`.
   * @throws RangeError when they do not all exist.
   */
  read(start: number, count: number): Promise<Int32Array>;
}

/** A `TokenSource` over ids in memory. */
export function memoryTokens(tokens: ArrayLike<number>): TokenSource {
  const ids = Int32Array.from(tokens);
  return {
    length: ids.length,
    read: (start, count) =>
      start >= 0 && start + count <= ids.length
        ? Promise.resolve(ids.subarray(start, start + count))
        : Promise.reject(
            new RangeError(
              `tokens: expected ${count} from position ${start}, got a source of ${ids.length} tokens`,
            ),
          ),
  };
}
