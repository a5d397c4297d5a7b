import { open, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { extname } from 'node:path';

import type { Artifact } from '@ramble/core';
import { errorCode, fileError, writeWhole } from '@ramble/node';

import { UsageError } from '../verb/exit-errors.js';

/** The destination of an output: a file, or standard output. */
export interface Destination {
  /** Path of the requested file. */
  readonly out?: string;
  /** Name of a new file if `out` is not given: `music` for `music-1.mid`. */
  readonly name: string;
  /** Index of the output among `count` outputs, from 0. */
  readonly index?: number;
  readonly count?: number;
}

/**
 * Writes an output to the requested file: `song.mid` for a single output, `song-2.mid` for the second of more.
 * Without a requested file, bytes go to a new file of the current folder. An existing file is replaced as
 * a whole, and remains if the new one cannot be written.
 *
 * @returns the file's path; `undefined` for text without a requested file.
 */
export async function writeArtifact(
  artifact: Artifact,
  { out, name, index = 0, count = 1 }: Destination,
): Promise<string | undefined> {
  if (out === undefined) {
    return artifact.kind === 'file'
      ? writeNew(name, artifact.extension, artifact.bytes)
      : undefined;
  }
  const extension = extname(out);
  const stem = out.slice(0, out.length - extension.length);
  const path = count === 1 ? out : `${stem}-${index + 1}${extension}`;
  await writeOver(path, artifact.kind === 'text' ? artifact.text : artifact.bytes);
  return path;
}

async function writeOver(path: string, content: string | Uint8Array): Promise<void> {
  const existing = await stat(path).catch(() => undefined); // writing reports any error
  if (existing && !existing.isFile()) {
    await writeFile(path, content).catch((error: unknown) => {
      throw fileError(path, error);
    });
    return; // a pipe or a device stays in place
  }
  const file = existing ? await realpath(path) : path; // a link remains a link
  await writeWhole(file, (handle) => handle.writeFile(content));
}

/** Returns an output as JSON: its file, or its text if it was not written to a file. */
export function artifactJson(artifact: Artifact, file: string | undefined): object {
  return file === undefined && artifact.kind === 'text' ? { text: artifact.text } : { file };
}

/** Creates a file with the first unused name of `music-1.mid`, `music-2.mid` and so on, and returns the name. */
async function writeNew(name: string, extension: string, bytes: Uint8Array): Promise<string> {
  for (let number = 1; ; number++) {
    const path = `${name}-${number}${extension}`;
    try {
      await createFile(path, bytes);
      return path;
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw fileError(path, error);
    }
  }
}

/** Creates a file with all its bytes, or no file. */
async function createFile(path: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(path, 'wx');
  try {
    await handle.writeFile(bytes);
  } catch (error) {
    await rm(path, { force: true }).catch(() => undefined); // the first error is thrown, and this one ignored
    throw error;
  } finally {
    await handle.close();
  }
}

/**
 * Checks that a file's name ends in an extension that can be written.
 *
 * @param flag - The flag as the user typed it: `--out`.
 * @param extensions - Extensions that can be written; `undefined` if any can.
 * @throws UsageError if the file's name ends in none of them.
 */
export function checkExtension(
  flag: string,
  extensions: readonly string[] | undefined,
  file: string | undefined,
): void {
  if (file === undefined || !extensions || extensions.includes(extname(file))) return;
  throw new UsageError(`${flag}: expected a name that ends in ${listOf(extensions)}, got ${file}`);
}

/** Joins names with commas and "or": `.a`, `.a or .b`, `.a, .b or .c`. */
function listOf(names: readonly string[]): string {
  return [names.slice(0, -1).join(', '), ...names.slice(-1)].filter(Boolean).join(' or ');
}

/**
 * Parses token ids.
 *
 * @param name - Name of the setting, for the error message.
 * @throws UsageError if a word is not an id of the vocabulary.
 */
export function parseIds(name: string, words: readonly string[], vocabSize: number): number[] {
  return words.map((word) => {
    const id = /^\d+$/.test(word) ? Number(word) : NaN;
    if (id < vocabSize) return id;
    throw new UsageError(`${name}: expected ids from 0 to ${vocabSize - 1}, got ${word}`);
  });
}
