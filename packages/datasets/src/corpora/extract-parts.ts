import { mkdir, readFile, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { type CorpusTable, type Part, PARTS } from './corpus.js';
import { extractZip } from './extract-zip.js';

/**
 * Extracts the files of a zip archive into one folder per part, as a table in the archive divides
 * them.
 *
 * @param folderOf - where the files of a part go
 * @throws Error when the archive lacks the table, or a file that it names, or the table a part.
 */
export async function extractParts(
  name: string,
  archivePath: string,
  { entry, fileColumn, partColumn }: CorpusTable,
  folderOf: (part: Part) => string,
  signal?: AbortSignal,
): Promise<void> {
  const { parse } = await import('csv-parse/sync'); // not before it is used: this is loaded with every command
  const tablePath = `${archivePath}.csv`;
  await extractZip(name, archivePath, new Map([[entry, tablePath]]), signal);
  const content = await readFile(tablePath, 'utf8');
  const rows = parse<Readonly<Record<string, string>>>(content, { columns: true, bom: true });
  await rm(tablePath);
  const targets = new Map<string, string>();
  for (const { [fileColumn]: file, [partColumn]: word } of rows) {
    const part = PARTS.find((each) => each === word);
    if (part === undefined) {
      throw new Error(`${name}: expected one of ${PARTS.join(', ')} in ${entry}, got ${word}`);
    }
    // The files are relative to the table; names are unique without their folders.
    targets.set(`${dirname(entry)}/${file}`, join(folderOf(part), basename(file)));
  }
  for (const part of PARTS) await mkdir(folderOf(part));
  await extractZip(name, archivePath, targets, signal);
}
