import { createHash } from 'node:crypto';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';

import type { DataFile } from '@ramble/core';
import { decodeUtf8 } from '@ramble/core/files';
import { writeWhole } from '@ramble/node';

import { openDataFiles } from '../files/open-data-files.js';
import {
  cutPieces,
  jsonDocuments,
  splitDocuments,
  TEXT_FIELDS,
  textFormat,
  type TextPiece,
} from './documents.js';

export interface ReadOptions extends DocumentOptions {
  /** The stream that the path `-` reads. */
  readonly standardInput?: AsyncIterable<Uint8Array>;
}

/**
 * Reads files as documents, as `openDataFiles` finds them and `readText` reads them; a folder means every
 * `.txt` file below it, `-` means standard input as plain text.
 *
 * @throws Error that names the file and the position in it; Error if a path has no text at all.
 */
export async function* readDocuments(
  paths: readonly string[],
  { standardInput = process.stdin, ...options }: ReadOptions = {},
): AsyncGenerator<TextPiece> {
  for (const path of paths) {
    let hasText = false;
    const open = { extensions: ['.txt'], fields: TEXT_FIELDS, stdin: standardInput };
    for (const file of await openDataFiles([path], open)) {
      for await (const piece of readText(file, options)) {
        hasText = true;
        yield piece;
      }
    }
    if (hasText) continue;
    throw new Error(`${path === '-' ? 'standard input' : path}: expected text, got none`);
  }
}

export interface DocumentOptions {
  /** A line that separates documents in plain text, without its end; none by default. */
  readonly documentSeparator?: string;
}

/**
 * Reads one file as documents, in pieces of about 2^18 characters, at constant memory (`cutPieces` cuts
 * documents; a line of `.jsonl` is read whole).
 *
 * A file whose name ends in `.jsonl` has a document in the `text` of each line; any other file is a document,
 * or several with `documentSeparator`. Text is strict UTF-8 and stays unchanged, including line ends, except
 * for a byte-order mark at the start. Documents without text are skipped.
 *
 * @throws Error that names the file and the position in it; RangeError if the separator is longer than a
 *   line.
 */
export async function* readText(
  file: Omit<DataFile, 'sizeBytes'>,
  { documentSeparator }: DocumentOptions = {},
): AsyncGenerator<TextPiece> {
  checkSeparator(documentSeparator);
  const text = decodeUtf8(file.name, file.chunks());
  const documents = {
    plain: () => splitDocuments(text, documentSeparator),
    jsonl: () => jsonDocuments(file, text),
  }[textFormat(file)];
  yield* cutPieces(documents());
}

function checkSeparator(separator?: string): void {
  if (separator === undefined || !/[\r\n]/.test(separator)) return;
  throw new RangeError(`documentSeparator: expected one line, got ${JSON.stringify(separator)}`);
}

/**
 * Saves a stream, such as standard input, as a file named by its SHA-256, so that it can be read several
 * times.
 *
 * @param folder - Folder for the file; created if it is missing.
 * @returns the path of the file, `FOLDER/SHA256.txt`
 */
export async function saveStream(
  chunks: AsyncIterable<Uint8Array>,
  folder: string,
): Promise<string> {
  const hash = createHash('sha256');
  const unnamed = join(folder, `${process.pid}.txt`);
  await writeWhole(unnamed, async (handle) => {
    for await (const chunk of chunks) {
      hash.update(chunk);
      await handle.writeFile(chunk);
    }
  });
  const path = join(folder, `${hash.digest('hex')}.txt`);
  await rename(unnamed, path);
  return path;
}

/** A hash that identifies data: equal hashes mean equal documents. */
export interface DataHash {
  /** 64 hexadecimal digits. */
  readonly sha256: string;
  readonly sizeBytes: number;
}

/**
 * Hashes the data that `readDocuments` would read, at constant memory.
 *
 * For one plain file without a separator, it is the SHA-256 of its uncompressed bytes, as `sha256sum` prints
 * it. Otherwise it is the SHA-256 of a list: a line `plain DIGEST` or `jsonl DIGEST` for each file in order,
 * then the separator. File names do not affect it.
 *
 * @throws Error for standard input, which can be read only once: save it first (`saveStream`).
 */
export async function hashFiles(
  paths: readonly string[],
  { documentSeparator }: DocumentOptions = {},
): Promise<DataHash> {
  if (paths.includes('-')) {
    throw new Error('-: expected a file to hash, got standard input; save it as a file first');
  }
  const options = { extensions: ['.txt'], fields: TEXT_FIELDS, stdin: process.stdin };
  const files = await openDataFiles(paths, options);
  const lines: string[] = [];
  let sizeBytes = 0;
  for (const file of files) {
    const format = textFormat(file);
    const content = await hashContent(file);
    sizeBytes += content.sizeBytes;
    if (files.length === 1 && format === 'plain' && documentSeparator === undefined) return content;
    lines.push(`${format} ${content.sha256}\n`);
  }
  if (documentSeparator !== undefined) lines.push(`separator ${documentSeparator}\n`);
  return { sha256: createHash('sha256').update(lines.join('')).digest('hex'), sizeBytes };
}

/** Returns the SHA-256 of the content that is read from a file. */
async function hashContent(file: DataFile): Promise<DataHash> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for await (const chunk of file.chunks()) {
    hash.update(chunk);
    sizeBytes += chunk.length;
  }
  return { sha256: hash.digest('hex'), sizeBytes };
}
