/** The exit statuses of the command. */
export const EXIT = { done: 0, failed: 1, wrongUsage: 2, interrupted: 130 } as const;

/** Error in the command line, with the exit status 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Error after Ctrl-C or SIGTERM, with the exit status 130. The message contains the command that continues. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
}

/** Error if the reader has closed the pipe, as in `ramble … | head -1`. The command ends silently. */
export class BrokenPipeError extends Error {
  override readonly name = 'BrokenPipeError';

  constructor() {
    super('output: expected a reader, got a closed pipe');
  }
}

/** Error that stops all ranks of a training together; only one of them reports it. */
export class AgreedError extends Error {
  override readonly name = 'AgreedError';

  /**
   * Wraps the error of a rank.
   *
   * @param isTold - Whether this rank reports the error.
   */
  constructor(
    override readonly cause: unknown,
    readonly isTold: boolean,
  ) {
    super('ranks: expected all of them to succeed, got an error');
  }
}

/** Error in one of the processes that train together; the others wait until it is handled. */
export class TeamError extends Error {
  override readonly name = 'TeamError';

  /**
   * Wraps the error of a process.
   *
   * @param end - Called after the error is printed: releases the waiting processes, or ends them with the given exit
   *   status. Some launchers end all ranks as soon as one of them ends.
   */
  constructor(
    override readonly cause: unknown,
    readonly end: (status: number) => Promise<void> | void,
  ) {
    super('ranks: expected no error of one of them, got one');
  }
}

/** Error of ranks that have already reported it. The command ends silently with their exit status. */
export class LaunchedError extends Error {
  override readonly name = 'LaunchedError';

  constructor(readonly status: number) {
    super(`ranks: expected them to succeed, got status ${status}`);
  }
}
