import type { Ranks } from '@ramble/core';

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

/** The error that all ranks of a training have come to, which one of them tells. */
export class AgreedError extends Error {
  override readonly name = 'AgreedError';

  /**
   * Wraps the error of a rank.
   *
   * @param isTold - Whether this rank tells it.
   */
  constructor(
    override readonly cause: unknown,
    readonly isTold: boolean,
  ) {
    super('ranks: expected all of them to succeed, got an error');
  }
}

/** The error of one rank, for which the others wait: they are ended once it has been told. */
export class RankError extends Error {
  override readonly name = 'RankError';

  constructor(
    override readonly cause: unknown,
    readonly ranks: Pick<Ranks, 'abort'>,
  ) {
    super('ranks: expected no error of one of them, got one');
  }
}
