/**
 * A clock, passed in because packages read none themselves; `performance` and `Date` are clocks.
 */
export interface Clock {
  /** Milliseconds since a fixed moment. */
  now(): number;
}
