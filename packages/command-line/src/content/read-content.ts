import { existsSync, statSync } from 'node:fs';
import { stat } from 'node:fs/promises';

import { type AnyApp, type AnyDomain, fileLines, type TokenPrompt } from '@ramble/core';
import type { ContentOptions } from '@ramble/core/app';
import { messageOf } from '@ramble/core/files';
import { plainContent, textDocument, unpackedContent } from '@ramble/datasets';
import { readBytes } from '@ramble/node';

import { subjectOf } from '../verb/flag.js';
import { type Output, tellRepairs } from '../verb/output.js';

/**
 * Reads a whole file, and unpacks gzip and zstd; `-` is standard input.
 *
 * @param app - If it reads texts, a web page, an EPUB or a word processor's document becomes its text.
 * @throws Error that names the file if it cannot be read, is damaged, or is a named pipe.
 */
export async function readContent(
  path: string,
  stdin: AsyncIterable<Uint8Array>,
  app?: Pick<AnyApp, 'data'>,
): Promise<Uint8Array> {
  if (path !== '-') await checkNoPipe(path);
  const file =
    path === '-'
      ? { name: 'standard input', chunks: () => stdin }
      : { name: path, chunks: () => readBytes(path) };
  const document = app?.data.fields && textDocument(path);
  const chunks: Uint8Array[] = [];
  for await (const chunk of document?.chunks() ?? unpackedContent(file)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Matches paths of pipes that a shell has already opened, as for `<(PROGRAM)`. */
const OPENED = /^\/(?:dev|proc)\//;

/** @throws Error for a named pipe, because opening it would wait silently for its writer. */
async function checkNoPipe(path: string): Promise<void> {
  const stats = await stat(path).catch(() => undefined); // reading reports any error
  if (stats?.isFIFO() !== true || OPENED.test(path)) return;
  throw new Error(
    `${path}: expected a file, got a named pipe. Pipe a program's output into standard input: PROGRAM | ramble … with - in place of the file`,
  );
}

interface Placing {
  /** First word of messages about errors and repairs in the content. */
  readonly name: 'prompt' | 'output';
  /** File or line of the content; if given, it replaces `name` in messages. */
  readonly place?: string;
  readonly output: Pick<Output, 'warn'>;
}

/**
 * Reads a prompt or an output from its content; warns of its faults.
 *
 * @throws the error of `read`, with the place if one is given.
 */
export function readPlaced<T>(
  read: (options: ContentOptions) => T,
  { name, place, output }: Placing,
): T {
  const placed = (message: string): string =>
    place !== undefined && message.startsWith(`${name}:`)
      ? place + message.slice(name.length)
      : message;
  const warn = tellRepairs(output);
  try {
    return read({ onRepair: (repair) => warn(placed(repair)) });
  } catch (error) {
    if (place === undefined) throw error;
    const reason = messageOf(error);
    throw new Error(placed(reason), { cause: error });
  }
}

/**
 * Returns the lines of a UTF-8 file, compressed or not, or of standard input for `-`. The end of the last line may be
 * missing.
 *
 * @throws Error that names the file if it cannot be read or is no text, with the place of the first invalid byte.
 */
export async function readLines(path: string, stdin: AsyncIterable<Uint8Array>): Promise<string[]> {
  const bytes = (): AsyncIterable<Uint8Array> => (path === '-' ? stdin : readBytes(path));
  const file = { name: path, chunks: bytes };
  const lines: string[] = [];
  const chunks = (): AsyncIterable<Uint8Array> => plainContent(file, { extensions: [] });
  for await (const line of fileLines({ name: path, chunks })) lines.push(line);
  return lines;
}

/** The content that a word names, and its source. */
export interface FoundContent {
  readonly content: Uint8Array;
  /** Name of the file for error messages; absent if the word is the content. */
  readonly place?: string;
}

/**
 * Finds the content that a word of the command line names: standard input for `-`, a file of that name if it
 * exists, otherwise the word itself.
 *
 * @param extensions - A word with one of these endings is always a file's name, so a misspelled name is not taken for
 *   content.
 * @throws Error if such a file is missing or cannot be read.
 */
export async function findContent(
  word: string,
  extensions: readonly string[],
  stdin: AsyncIterable<Uint8Array>,
): Promise<FoundContent> {
  if (word === '-') return { content: await readContent(word, stdin), place: 'standard input' };
  const isThere = existsSync(word);
  const isFile =
    (isThere && !statSync(word).isDirectory()) ||
    extensions.some((extension) => word.toLowerCase().endsWith(extension));
  if (isFile) return { content: await readContent(word, stdin), place: word };
  return { content: new TextEncoder().encode(word), ...(isThere && { place: word }) };
}

/**
 * Encodes a prompt as tokens.
 *
 * @param place - Path or line of the prompt; `undefined` for a text of the command line.
 * @throws the domain's error, with the place in front.
 */
export function encodePlaced(
  domain: AnyDomain,
  prompt: unknown,
  place: string | undefined,
): TokenPrompt {
  try {
    return domain.encodePrompt(prompt);
  } catch (error) {
    if (place === undefined || !(error instanceof RangeError)) throw error;
    const subject = subjectOf(error.message);
    const message = subject === undefined ? error.message : error.message.slice(subject.length + 2);
    throw new Error(`${place}: ${message}`, { cause: error });
  }
}
