/** The progress of a piece of work. */
export interface Progress {
  readonly doneBytes: number;
  readonly totalBytes: number;
}
