/** A completion candidate and its meaning. */
export interface Candidate {
  readonly value: string;
  readonly description: string;
}
