/** New tokens of one sequence. */
export interface Feed {
  /** Index of the sequence in the cache. */
  readonly sequence: number;
  /** The tokens to feed, at least one. */
  readonly tokens: ArrayLike<number>;
  /** How many of them see one another both ways; only at the beginning of a sequence. */
  readonly prefixLength?: number;
}
