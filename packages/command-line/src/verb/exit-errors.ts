/** Exit status of a command: as shells know it. */
export const EXIT = { done: 0, failed: 1, wrongUsage: 2, interrupted: 130 } as const;

/** The command line is wrong: exit status 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Ctrl-C or SIGTERM ended the work; the message says how to go on: exit status 130. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
}

/** Nobody reads the results, as in `ramble … | head -1`: the command ends without a word. */
export class BrokenPipeError extends Error {
  override readonly name = 'BrokenPipeError';

  constructor() {
    super('output: expected a reader, got a closed pipe');
  }
}
