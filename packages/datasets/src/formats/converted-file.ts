import type { DataFile } from '@ramble/core';
import type { DataFields } from '@ramble/core/app';
import { readBytes } from '@ramble/node';

import { FORMATS, HEAD_BYTES, kindOf } from '../files/known-kinds.js';
import { peek } from '../files/byte-streams.js';
import { innerExtension, plainContent } from '../files/plain-content.js';
import { zipMembers } from '../files/zip-members.js';
import { inChunks, tableFile, type WantedFields } from '../tables/table-rows.js';
import { TEXT_FIELDS } from '../text/documents.js';
import type { DataFormat, FormatFile, TextFormat } from './format.js';

/**
 * Returns the formats that an app reads: document formats if its examples have one text, translation formats
 * if they have two languages.
 */
export function formatsFor(fields: DataFields | undefined): readonly DataFormat[] {
  if (!fields) return [];
  if (fields.areLanguages === true) return FORMATS.filter(({ gives }) => gives === 'pairs');
  return fields.names.length === 1 ? FORMATS.filter(({ gives }) => gives === 'text') : [];
}

/**
 * Returns a view of a file as text if its format has documents, or as a line of JSON for each pair of source and
 * target if it has translations.
 *
 * @param file - The file, with its path on the disk unless it is in an archive.
 */
export function convertedFile(
  file: Pick<DataFile, 'name' | 'chunks'> & { readonly path?: string },
  format: DataFormat,
  wanted: WantedFields,
): DataFile {
  const { name } = file;
  const source: FormatFile = {
    name,
    chunks: () => plainContent(file, format),
    members: () => membersOf(file, format),
  };
  if (format.gives === 'pairs') return tableFile(name, () => format.rows(source), wanted);
  const unused = wanted.given ? '; --fields has no meaning for it' : '';
  wanted.onChoice(name, `reads its text, without the markup of ${format.name}${unused}`);
  return {
    name,
    extension: '.txt',
    unit: 'paragraph',
    chunks: () => inChunks(textOf(source, format, wanted)),
  };
}

/**
 * Yields the text of a document. If the document has none, for example because a script writes the page, this is
 * reported.
 */
async function* textOf(
  source: FormatFile,
  format: TextFormat,
  { onChoice }: WantedFields,
): AsyncGenerator<string> {
  let isEmpty = true;
  for await (const text of format.text(source)) {
    isEmpty = false;
    yield text;
  }
  if (isEmpty) onChoice(source.name, 'has no text outside of its markup');
}

/**
 * Returns a view of a markup file, recognized by its name (`.html`, `.docx`), as its text; `undefined` for other
 * files.
 */
export function textDocument(path: string): DataFile | undefined {
  const extension = innerExtension(path);
  const format = FORMATS.find(
    ({ gives, extensions }) => gives === 'text' && extensions.includes(extension),
  );
  const file = { name: path, path, chunks: () => readBytes(path) };
  return format && convertedFile(file, format, { fields: TEXT_FIELDS, onChoice: () => undefined });
}

/** Whether a file has a translation format, by its name (`.tmx`, `.po`). */
export function holdsPairs(path: string): boolean {
  const extension = innerExtension(path);
  return FORMATS.some(
    ({ gives, extensions }) => gives === 'pairs' && extensions.includes(extension),
  );
}

/**
 * Returns the members of a file whose format is a zip archive.
 *
 * @throws Error for a file that is not a zip archive, or is in one.
 */
async function membersOf(
  { name, path, chunks }: Pick<DataFile, 'name' | 'chunks'> & { readonly path?: string },
  format: DataFormat,
): Promise<readonly DataFile[]> {
  if (path === undefined) {
    throw new Error(`${name}: ${format.name} inside an archive is not read; unpack the archive`);
  }
  const { head, close } = await peek(chunks(), HEAD_BYTES);
  await close();
  const kind = kindOf(head);
  if (kind?.extensions.includes('.zip') === true) return (await zipMembers(path)).files;
  const got = kind?.name ?? (head.length === 0 ? 'an empty file' : 'other bytes');
  throw new Error(`${name}: expected ${format.name}, got ${got}`);
}
