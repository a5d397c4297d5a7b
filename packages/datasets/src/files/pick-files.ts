import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import type { DataFile } from '@ramble/core';
import type { DataFields } from '@ramble/core/app';
import { fileExtension } from '@ramble/core/files';
import { fileError } from '@ramble/node';

import { formatsFor } from '../formats/converted-file.js';
import { innerExtension, plainFile } from './plain-content.js';
import { peek } from './byte-streams.js';

/** The files that an app reads. */
export interface WantedFiles {
  /** Extensions of the files that are searched for in a folder or a zip archive: `.txt`. */
  readonly extensions: readonly string[];
  /** The texts to read from tables and lines of JSON; if absent, files are read unchanged. */
  readonly fields?: DataFields;
}

/** Number of bytes that are searched for a tab in the first line. */
const LINE_BYTES = 2 ** 12;

/**
 * Returns the paths of all files below a folder. Links to folders are not followed, because they may form
 * circles.
 */
export async function filesBelow(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    const paths = entries.map(async (entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? filesBelow(path) : [path];
    });
    return (await Promise.all(paths)).flat();
  } catch (error) {
    throw fileError(folder, error);
  }
}

/**
 * Chooses the data files of a folder or an archive, in the order of their names. Returns the first group that is not
 * empty: files with the app's extensions, compressed or not; then, if the app has fields, files of convertible formats;
 * then tables; then, if the app reads `.tsv`, `.txt` files with a tab in the first line, as from manythings.org.
 */
export async function pickFiles<File extends DataFile>(
  files: readonly File[],
  { extensions, fields }: WantedFiles,
): Promise<File[]> {
  const sorted = [...files].sort((a, b) => (a.name < b.name ? -1 : 1));
  const own = ofKinds(sorted, extensions);
  if (own.length > 0 || !fields) return own;
  const formats = formatsFor(fields).flatMap((format) => format.extensions);
  const converted = ofKinds(sorted, formats);
  if (converted.length > 0) return converted;
  const tables = ofKinds(sorted, ['.csv', '.parquet']);
  if (tables.length > 0 || !extensions.includes('.tsv')) return tables;
  const texts = ofKinds(sorted, ['.txt']);
  const areTabbed = await Promise.all(texts.map(isTabbed));
  return texts.filter((_, i) => areTabbed[i]);
}

/** Selects files with some extensions. A compressed file is left out if the same file exists uncompressed. */
function ofKinds<File extends DataFile>(
  files: readonly File[],
  extensions: readonly string[],
): File[] {
  const names = new Set(files.map(({ name }) => name));
  return files.filter(({ name }) => {
    const outer = fileExtension({ name });
    if (extensions.includes(outer)) return true;
    const isTwin = names.has(name.slice(0, -outer.length));
    return extensions.includes(innerExtension(name)) && !isTwin;
  });
}

async function isTabbed(file: DataFile): Promise<boolean> {
  const content = plainFile(file, { extensions: ['.txt'] });
  const { head, close } = await peek(content.chunks(), LINE_BYTES);
  await close();
  return /^[^\n]*\t/.test(Buffer.from(head).toString('latin1'));
}
