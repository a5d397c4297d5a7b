/** The exit statuses of the command. */
export const EXIT = { done: 0, failed: 1, wrongUsage: 2, interrupted: 130 } as const;

/** An error in the command line: exit status 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/**
 * The error when Ctrl-C or SIGTERM ended the work; the message says how to continue: exit status
 * 130.
 */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
}

/**
 * The error when the reader of the results has gone, as in `ramble … | head -1`: the command ends
 * silently.
 */
export class BrokenPipeError extends Error {
  override readonly name = 'BrokenPipeError';

  constructor() {
    super('output: expected a reader, got a closed pipe');
  }
}
