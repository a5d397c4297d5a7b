import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import type { DataFile } from '@ramble/core';
import { fileExtension } from '@ramble/core/files';

import type { KnownKind } from '../formats/format.js';
import { type Peeked, peeking, utf16Bytes, utf16Of } from './byte-streams.js';
import { type Expected, HEAD_BYTES, kindError, kindNamed, kindOf } from './known-kinds.js';
import { type SizeGuard, sizeGuard, unzstd } from './unzstd.js';

/**
 * Decompresses gzip while reading, with one or several members.
 *
 * @throws Error that names the file if it is cut short or damaged, or unpacks to far too much.
 */
export async function* gunzip(
  name: string,
  chunks: AsyncIterable<Uint8Array>,
  guard: SizeGuard = sizeGuard(name),
): AsyncGenerator<Uint8Array> {
  const { createGunzip } = await import('node:zlib');
  const unpacker = createGunzip({ chunkSize: 1 << 16 });
  const source = Readable.from(counted(chunks, guard), { objectMode: false });
  const done = pipeline(source, unpacker).catch(() => undefined); // the loop throws the error
  try {
    const unpacked: AsyncIterable<Uint8Array> = unpacker;
    for await (const chunk of unpacked) {
      guard.went(chunk.length);
      yield chunk;
    }
  } catch (error) {
    throw isDamage(error) ? damaged(name, error) : error;
  } finally {
    unpacker.destroy();
    await done;
  }
}

async function* counted(
  chunks: AsyncIterable<Uint8Array>,
  { came }: SizeGuard,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    came(chunk.length);
    yield chunk;
  }
}

function isDamage(error: unknown): error is NodeJS.ErrnoException {
  const { code } = Object(error) as { readonly code?: unknown };
  return typeof code === 'string' && code.startsWith('Z_');
}

function damaged(name: string, error: NodeJS.ErrnoException): Error {
  const isShort = error.code === 'Z_BUF_ERROR';
  const got = isShort ? 'a truncated file' : `damaged data (${error.message})`;
  return new Error(`${name}: expected complete gzip data, got ${got}`, { cause: error });
}

type Unpack = (name: string, chunks: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;

/** Decompressors by the extension of compressed files. */
const UNPACKERS: Readonly<Record<string, Unpack>> = { '.gz': gunzip, '.zst': unzstd };

/** Extensions of files that are always text. */
const TEXTS = ['', '.txt', '.text', '.md', '.json', '.jsonl', '.tsv', '.csv'];

/** Returns the extension of a file without the compression's extension: `.jsonl` for `a.jsonl.gz`. */
export function innerExtension(name: string): string {
  const outer = fileExtension({ name });
  return outer in UNPACKERS ? fileExtension({ name: name.slice(0, -outer.length) }) : outer;
}

/** Returns a view of the uncompressed file, as `plainContent` reads it. */
export function plainFile(file: DataFile, expected: Expected): DataFile {
  const extension = innerExtension(file.name);
  if (isOwn(extension, expected) && fileExtension(file) === extension) return file;
  const { name, sizeBytes } = file;
  const content = { name, chunks: () => plainContent(file, expected) };
  // The decompressed size is unknown.
  return extension === fileExtension(file) ? { ...content, sizeBytes } : { ...content, extension };
}

/**
 * Reads the content of a file as UTF-8. It is unpacked if its first bytes are gzip's or zstd's, and converted
 * if it has a byte-order mark of UTF-16.
 *
 * @throws Error that names the file if its kind is not supported, if its content does not match its name, or
 *   if it is damaged.
 */
export function plainContent(
  file: Pick<DataFile, 'name' | 'chunks'>,
  expected: Expected,
): AsyncGenerator<Uint8Array> {
  return unpacked(file, (content, packing) =>
    checkedContent(file.name, content, expected, packing),
  );
}

/**
 * Reads the content of a file of any kind. It is unpacked if its first bytes are gzip's or zstd's.
 *
 * @throws Error that names the file if its compression does not match its name, or it is damaged.
 */
export function unpackedContent(
  file: Pick<DataFile, 'name' | 'chunks'>,
): AsyncGenerator<Uint8Array> {
  return unpacked(file, ({ chunks }) => chunks);
}

function unpacked(
  { name, chunks }: Pick<DataFile, 'name' | 'chunks'>,
  read: (content: Peeked, packing?: KnownKind) => AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  return peeking(chunks(), HEAD_BYTES, (outer) => {
    const packing = kindOf(outer.head);
    const unpack = packing && UNPACKERS[packing.extensions.at(0) ?? ''];
    if (unpack) {
      return peeking(unpack(name, outer.chunks), HEAD_BYTES, (inner) => read(inner, packing));
    }
    const ending = fileExtension({ name });
    if (!(ending in UNPACKERS)) return read(outer);
    throw new Error(
      `${name}: expected ${kindNamed(ending)?.name ?? ending}, got ${packing?.name ?? 'other bytes'}`,
    );
  });
}

/**
 * Whether one of the extensions belongs to compressed or packed files (zip, Parquet, gzip, zstd). They are read from
 * the disk, but not inside an archive.
 */
function isPacked(extensions: readonly string[]): boolean {
  return ['.zip', '.parquet', ...Object.keys(UNPACKERS)].some((each) => extensions.includes(each));
}

async function* checkedContent(
  name: string,
  { head, chunks }: Peeked,
  expected: Expected,
  packing?: KnownKind,
): AsyncGenerator<Uint8Array> {
  const known = kindOf(head);
  const inside = packing && known;
  if (inside && isPacked(inside.extensions)) {
    throw kindError(
      name,
      { ...inside, name: `${inside.name} inside ${packing.name}`, remedy: 'decompress it first' },
      expected,
    );
  }
  const extension = innerExtension(name);
  const own = isOwn(extension, expected);
  if (!own && !known && extension === '.zip') {
    const got = head.length === 0 ? 'an empty file' : 'other bytes';
    throw new Error(`${name}: expected a whole zip archive, got ${got}`);
  }
  const kind = own ? undefined : (known ?? kindNamed(extension));
  if (kind && isPacked(kind.extensions)) {
    throw kindError(name, { ...kind, remedy: 'decompress it first' }, expected);
  }
  const isRead = kind?.extensions.some((each) => expected.extensions.includes(each));
  if (kind && isRead !== true && !isTextAsItIs(kind, extension, expected)) {
    throw kindError(name, kind, expected);
  }
  const encoding = !own && TEXTS.includes(extension) ? utf16Of(head) : undefined;
  yield* encoding ? utf16Bytes(name, chunks, encoding) : chunks;
}

/** Whether an app of plain text reads a file of another kind of text, such as HTML, without conversion. */
function isTextAsItIs(
  { isText = false, extensions }: KnownKind,
  extension: string,
  expected: Expected,
): boolean {
  if (expected.extensions.length === 0) return isText;
  return isText && expected.extensions.includes('.txt') && !extensions.includes(extension);
}

/** Whether an extension means plain text; an empty one does not. */
export function isPlain(extension: string): boolean {
  return extension !== '' && TEXTS.includes(extension);
}

/**
 * Whether the extension is one of the app's own binary formats, such as `.mid`. The content of such a file is not
 * checked.
 */
function isOwn(extension: string, { extensions }: Expected): boolean {
  return extensions.includes(extension) && !TEXTS.includes(extension);
}
