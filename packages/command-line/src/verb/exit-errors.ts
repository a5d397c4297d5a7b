import { inspect } from 'node:util';

import { messageOf, visibleText } from '@ramble/core/files';
import { createColors } from 'picocolors';

import type { Io } from './io.js';

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

/** Error that ends the training on all ranks at the same point. Only one rank prints it. */
export class AgreedError extends Error {
  override readonly name = 'AgreedError';

  /**
   * Wraps the error of a rank.
   *
   * @param isReporter - Whether this rank is the one that prints the error.
   */
  constructor(
    override readonly cause: unknown,
    readonly isReporter: boolean,
  ) {
    super('ranks: expected all of them to succeed, got an error');
  }
}

/**
 * Error of a rank while the ranks are still connected and wait for one another. Whoever prints it must then call `end`.
 */
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

/**
 * Maximum number of characters of an error message, so large that a path of 4,096 characters (Linux's maximum) fits.
 */
const LONGEST_MESSAGE = 5000;

/**
 * Prints an error, in one line unless `--debug` requests more. An error about a closed pipe is not printed.
 *
 * @returns the exit status; 0 for a closed pipe.
 */
export async function reportError(
  error: unknown,
  words: readonly string[],
  io: Io,
): Promise<number> {
  if (error instanceof BrokenPipeError) return EXIT.done;
  if (error instanceof LaunchedError) return error.status;
  if (error instanceof AgreedError) {
    return error.isReporter ? reportError(error.cause, words, io) : statusOf(error.cause);
  }
  if (error instanceof TeamError) {
    const status = await reportError(error.cause, words, io);
    await error.end(status);
    return status;
  }
  const text = describeError(error, words.includes('--debug'));
  const { red } = createColors(io.stderr.hasColour);
  const line = error instanceof InterruptedError ? text : `${red('error:')} ${text}`;
  await io.stderr.write(`${line}\n`).catch(() => undefined);
  return statusOf(error);
}

function statusOf(error: unknown): number {
  if (error instanceof InterruptedError) return EXIT.interrupted;
  return error instanceof UsageError ? EXIT.wrongUsage : EXIT.failed;
}

function describeError(error: unknown, isDebug: boolean): string {
  if (error instanceof Error && isDebug) return visibleText(inspect(error));
  const message = messageOf(error);
  return visibleText(shorten(message.trim()).replace(/\s*\n\s*/g, ' '));
}

/** Shortens the middle of a long message: the beginning names the subject, and the end the remedy. */
function shorten(message: string): string {
  if (message.length <= LONGEST_MESSAGE) return message;
  return `${message.slice(0, LONGEST_MESSAGE - 500)} … ${message.slice(-500)}`;
}
