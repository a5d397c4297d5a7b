/** New tokens of one sequence. */
export interface Feed {
  /** Index of the sequence in the cache. */
  readonly slot: number;
  /** The tokens to feed, at least one. */
  readonly tokens: ArrayLike<number>;
  /**
   * Number of first tokens that attend to one another in both directions; 0 unless the sequence
   * begins.
   */
  readonly prefixLength?: number;
}
