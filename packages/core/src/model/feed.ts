/** New tokens of one slot. */
export interface Feed {
  /** Index of the slot in the cache. */
  readonly slot: number;
  /** The tokens to feed, at least one. */
  readonly tokens: ArrayLike<number>;
  /**
   * Number of first tokens that attend to one another in both directions; default 0. Above 0 only if the slot is
   * empty.
   */
  readonly prefixLength?: number;
}
