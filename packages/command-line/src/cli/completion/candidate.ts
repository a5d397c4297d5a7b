/** What may be typed, and what it means. */
export interface Candidate {
  readonly value: string;
  readonly description: string;
}
