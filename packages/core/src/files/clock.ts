/** Time, handed in, so that packages read none themselves; `performance` and `Date` are clocks. */
export interface Clock {
  /** Milliseconds since a fixed moment. */
  now(): number;
}
