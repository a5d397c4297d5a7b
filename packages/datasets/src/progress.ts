/** How far a piece of work is. */
export interface Progress {
  readonly doneBytes: number;
  readonly totalBytes: number;
}
