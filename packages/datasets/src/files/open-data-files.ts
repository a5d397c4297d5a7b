import type { Stats } from 'node:fs';
import { open, stat } from 'node:fs/promises';

import type { DataFile } from '@ramble/core';
import { counted, fileExtension } from '@ramble/core/files';
import { fileError, readBytes } from '@ramble/node';

import { csvRows } from '../tables/csv-rows.js';
import { tableFile, type TableRows, type WantedFields } from '../tables/table-rows.js';
import { choicesFile } from '../tables/choices.js';
import { conversationFile } from '../tables/conversations.js';
import { jsonFields, jsonLines, jsonRows } from '../tables/json-fields.js';
import { parquetRows } from '../tables/parquet-rows.js';
import { tabbedColumns } from '../tables/tabbed-columns.js';
import { peek } from './byte-streams.js';
import { filesBelow, pickFiles, type WantedFiles } from './pick-files.js';
import { convertedFile, formatsFor } from '../formats/converted-file.js';
import type { DataFormat, KnownKind } from '../formats/format.js';
import { HEAD_BYTES, kindError, kindNamed, kindOf } from './known-kinds.js';
import { innerExtension, isPlain, plainFile, unpackedContent } from './plain-content.js';
import { zipMembers } from './zip-members.js';

export interface OpenDataOptions extends WantedFiles {
  /** The stream that the path `-` means; it can be read once. */
  readonly stdin: AsyncIterable<Uint8Array>;
  /** Columns or fields that the user chose for the app's texts, in the order of the app's field names. */
  readonly givenFields?: readonly string[];
  /** Called with a note on each automatic choice of a format or of fields; once for equal choices in many files. */
  readonly onNote?: (note: string) => void;
}

/**
 * Opens the data files at paths: a file itself, all files of an app's kinds in a folder or a zip archive, and
 * standard input for `-`. Files of a folder are in the order of their paths' UTF-16 units, which is the same
 * on every machine.
 *
 * A gzip or zstd file is unpacked while it is read. Tables (`.csv`, `.parquet`) become lines of JSON with the app's
 * fields, and so do `.jsonl` and `.tsv` files with other field names. Other formats (`FORMATS`) are converted: document
 * formats for an app with one field, translation formats for an app of languages.
 *
 * @throws Error if a path does not exist, or if a folder has no file of these kinds; reading a file throws an
 *   error that names it if its kind is not supported.
 */
export async function openDataFiles(
  paths: readonly string[],
  options: OpenDataOptions,
): Promise<DataFile[]> {
  const ready = opener(options);
  const files: DataFile[] = [];
  for (const path of paths) {
    if (path === '-')
      files.push(await ready({ name: 'standard input', chunks: () => options.stdin }));
    else for (const file of await filesAt(path, options)) files.push(await ready(file));
  }
  return files;
}

/** A file before it is unpacked and converted. It has a path unless it is in an archive. */
interface RawFile extends DataFile {
  readonly path?: string;
  /** Whether the user named the file itself, and not a folder or an archive. */
  readonly isNamed?: boolean;
}

async function filesAt(path: string, options: OpenDataOptions): Promise<readonly RawFile[]> {
  const [stats, head] = await lookAt(path);
  if (stats.isDirectory()) {
    const files = (await filesBelow(path)).map(rawFile);
    const found = await pickFiles(files, options);
    tellLeftOut(path, files, found, options);
    if (found.length === 0)
      throw new Error(`${path}: expected a folder with ${wanted(options)}, got none`);
    return Promise.all(
      found.map(async (file) => {
        const stats = await stat(file.name);
        checkIsFile(file.name, stats);
        return { ...file, sizeBytes: stats.size };
      }),
    );
  }
  const isZip = kindOf(head)?.extensions.includes('.zip') === true;
  const file = { ...rawFile(path), sizeBytes: stats.size, isNamed: true };
  if (!isZip || options.extensions.includes(fileExtension({ name: path }))) return [file];
  const { files, kind } = await zipMembers(path);
  if (kind && formatOf(kind, options)) return [file];
  if (kind) throw kindError(path, kind, readable(options));
  const found = await pickFiles(files, options);
  tellLeftOut(path, files, found, options);
  if (found.length > 0) return found;
  throw new Error(`${path}: expected a zip archive with ${wanted(options)}, got none`);
}

/** Reports readable files of a folder or an archive that are left out because others take precedence. */
function tellLeftOut(
  path: string,
  files: readonly DataFile[],
  found: readonly DataFile[],
  { fields, onNote }: OpenDataOptions,
): void {
  const endings = formatsFor(fields).flatMap(({ extensions }) => extensions);
  const read = new Set(found.map(({ name }) => name));
  const others = files.filter(
    ({ name }) => endings.includes(innerExtension(name)) && !read.has(name),
  );
  if (found.length === 0 || others.length === 0) return;
  const kinds = [...new Set(others.map(({ name }) => innerExtension(name)))].join(', ');
  onNote?.(
    `${path}: reads ${counted(found.length, 'file')}; leaves out ${others.length} (${kinds}), which are read if they are named`,
  );
}

async function lookAt(path: string): Promise<[Stats, Uint8Array]> {
  try {
    const stats = await stat(path);
    if (stats.isDirectory()) return [stats, new Uint8Array(0)];
    checkIsFile(path, stats); // checked before opening, which would wait for the other end of a pipe
    return [stats, await headOf(path)];
  } catch (error) {
    throw fileError(path, error);
  }
}

/**
 * Checks that a path leads to a regular file.
 *
 * @throws Error for a pipe or a device: data is read more than once, and a pipe may never end.
 */
function checkIsFile(path: string, stats: Stats): void {
  if (stats.isFile()) return;
  throw new Error(
    `${path}: expected a file or a folder, got a pipe or a device. Pipe a program's output into standard input: PROGRAM | ramble … --data -`,
  );
}

async function headOf(path: string): Promise<Uint8Array> {
  const handle = await open(path);
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

function rawFile(path: string): RawFile {
  return { name: path, path, chunks: () => readBytes(path) };
}

/** Returns a function that makes a view of a file as the app reads it: unpacked, and converted if necessary. */
function opener(options: OpenDataOptions): (file: RawFile) => Promise<DataFile> {
  const { extensions, fields, givenFields: given, onNote } = options;
  const reported = new Set<string>();
  const onChoice = (name: string, note: string): void => {
    if (!reported.has(note)) onNote?.(`${name}: ${note}`);
    reported.add(note);
  };
  return async ({ path, isNamed = false, ...raw }) => {
    const file = plainFile(raw, readable(options));
    if (!fields) return file;
    const tables: WantedFields = { fields, given, onChoice };
    const extension = innerExtension(file.name);
    const kind = await kindAt({ ...raw, path, isNamed }, extension);
    const format = kind && formatOf(kind, options);
    if (format && !isMarkupKept(format, extension, options)) {
      return convertedFile({ ...raw, path }, format, tables);
    }
    if (kind && isMarkupKept(kind, extension, options)) {
      const advice = format ? `; name it ${format.extensions[0]} to read its text alone` : '';
      onChoice(file.name, `reads ${kind.name} as it is, with its markup${advice}`);
    }
    const isTabbed = extensions.includes('.tsv');
    const table = await tableIn({ ...file, path }, extension, { isTabbed, given });
    const json = await jsonLines(file, extension);
    const rows = table ?? (json && (() => jsonRows(json)));
    const named = table ? { ...file, unit: 'row' as const } : (json ?? file);
    if (fields.choices) return choicesFile(named, rows, tables);
    const talks = fields.conversations && !given && rows;
    const conversations = talks && (await conversationFile(named, talks, tables));
    if (conversations) return conversations;
    if (table) return tableFile(file.name, table, tables);
    if (json) return jsonFields(json, tables);
    return isTabbed ? tabbedColumns(file, tables) : file;
  };
}

/** Returns a function that opens a file as a table; `undefined` if the file is not a table. */
async function tableIn(
  file: DataFile & Pick<RawFile, 'path'>,
  extension: string,
  { isTabbed, given }: { readonly isTabbed: boolean; readonly given?: readonly string[] },
): Promise<(() => Promise<TableRows>) | undefined> {
  const { path } = file;
  const isAlone = path !== undefined && fileExtension({ name: path }) === extension; // not compressed
  if (path !== undefined && (await isParquet(path, isAlone ? extension : ''))) {
    return () => parquetRows(path);
  }
  if (extension !== '.csv' && !(extension === '.tsv' && !isTabbed && given)) return undefined;
  const hasHeader = !given?.every((each) => /^\d+$/.test(each));
  return csvRows.bind(undefined, file, { hasHeader, hasQuotes: extension === '.csv' });
}

/**
 * Returns the kind of a file by its extension. If the user named the file itself, its first bytes count too; for each
 * file of a folder this would be slow.
 */
async function kindAt(
  { path, isNamed, ...file }: RawFile,
  extension: string,
): Promise<KnownKind | undefined> {
  const known = extension === '.zip' ? undefined : kindNamed(extension);
  if (known || isNamed !== true || path === undefined) return known;
  const { head, close } = await peek(unpackedContent(file), HEAD_BYTES);
  await close();
  const kind = kindOf(head);
  return kind?.extensions.includes('.zip') === true ? (await zipMembers(path)).kind : kind;
}

/** Whether an app of plain text reads a markup file unchanged, because its extension means text. */
function isMarkupKept(
  kind: KnownKind,
  extension: string,
  { extensions, fields }: OpenDataOptions,
): boolean {
  if (kind.isText !== true || !extensions.includes('.txt')) return false;
  const isRead = formatOf(kind, { fields }) !== undefined;
  return isRead ? isPlain(extension) : !kind.extensions.includes(extension);
}

/** Returns the converter for a kind of file, such as HTML; `undefined` if the app cannot read that kind. */
function formatOf(
  kind: KnownKind,
  { fields }: Pick<OpenDataOptions, 'fields'>,
): DataFormat | undefined {
  return formatsFor(fields).find((format) => format === kind);
}

/** Whether a file is Parquet by its content or its name. Reading it then reports any fault. */
async function isParquet(path: string, extension: string): Promise<boolean> {
  if (extension === '.parquet') return true;
  const [, head] = await lookAt(path);
  return kindOf(head)?.extensions.includes('.parquet') === true;
}

/** Returns the extensions of all files that the app reads, with convertible formats, for error messages. */
function readable({ extensions, fields }: OpenDataOptions): {
  readonly extensions: readonly string[];
} {
  const formats = formatsFor(fields).map((format) => format.extensions[0]);
  return { extensions: fields ? [...extensions, '.csv', '.parquet', ...formats] : extensions };
}

function wanted({ extensions }: OpenDataOptions): string {
  return `${extensions.join(' or ')} files`;
}
