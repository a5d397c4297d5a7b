/** A process of this command that outlives the one that started it. */
export interface StartedCommand {
  readonly pid: number;
  /** Resolves to the exit status when it has ended; to `null` where a signal ended it. */
  readonly ended: Promise<number | null>;
}
