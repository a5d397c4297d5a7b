/** Time, handed in, so that packages read none themselves. */
export interface Clock {
  /** Milliseconds since a fixed moment; never goes back. */
  nowMs(): number;
}
