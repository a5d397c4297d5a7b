import { inspect } from 'node:util';

import { messageOf, visibleText } from '@ramble/core/files';
import { createColors } from 'picocolors';

import {
  AgreedError,
  BrokenPipeError,
  EXIT,
  InterruptedError,
  LaunchedError,
  TeamError,
  UsageError,
} from '../verb/exit-errors.js';
import type { Io } from '../verb/io.js';

/** Maximum number of characters of an error message: its paths may have 4,096 together. */
const LONGEST_MESSAGE = 5000;

/**
 * Prints an error, in one line unless `--debug` requests more.
 *
 * @returns the exit status; a closed pipe does not change it.
 */
export async function reportError(
  error: unknown,
  words: readonly string[],
  io: Io,
): Promise<number> {
  if (error instanceof BrokenPipeError) return EXIT.done;
  if (error instanceof LaunchedError) return error.status;
  if (error instanceof AgreedError) {
    return error.isTold ? reportError(error.cause, words, io) : statusOf(error.cause);
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
