import type { DataFile } from '@ramble/core';
import { fileExtension } from '@ramble/core/files';

import { gunzip } from './gunzip.js';
import { HEAD_BYTES, kindNamed, kindOf } from './known-kinds.js';
import { peek, type Peeked } from './peek.js';
import { type Expected, refusedKind } from './refuse-kind.js';
import { unzstd } from './unzstd.js';
import { utf16Bytes, utf16Of } from './utf16.js';

type Unpack = (name: string, chunks: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;

/** Endings of compressed files, and what unpacks them. */
const UNPACKERS: Readonly<Record<string, Unpack>> = { '.gz': gunzip, '.zst': unzstd };

/** Endings of files that are text, whoever reads them. */
const TEXTS = ['', '.txt', '.text', '.md', '.json', '.jsonl', '.tsv', '.csv'];

/** The ending of a file without that of its compression: `.jsonl` of `a.jsonl.gz`. */
export function innerExtension(name: string): string {
  const outer = fileExtension({ name });
  return outer in UNPACKERS ? fileExtension({ name: name.slice(0, -outer.length) }) : outer;
}

/** The same file without compression, as `plainContent` reads it. */
export function plainFile(file: DataFile, expected: Expected): DataFile {
  const extension = innerExtension(file.name);
  if (isOwn(extension, expected) && fileExtension(file) === extension) return file;
  const { name, sizeBytes } = file;
  const content = { name, chunks: () => plainContent(file, expected) };
  // Of what is packed nobody knows how much there is.
  return extension === fileExtension(file) ? { ...content, sizeBytes } : { ...content, extension };
}

/**
 * The content of a file: unpacked where it is gzip or zstd, which its first bytes tell, and in UTF-8 where
 * a byte-order mark says that it is UTF-16.
 *
 * @throws Error that names the file when it is of a kind that is not read, is not what its name says,
 *   or is damaged.
 */
export async function* plainContent(
  file: Pick<DataFile, 'name' | 'chunks'>,
  expected: Expected,
): AsyncGenerator<Uint8Array> {
  const outer = await peek(file.chunks(), HEAD_BYTES);
  try {
    yield* unpackedContent(file.name, outer, expected);
  } finally {
    await outer.close();
  }
}

async function* unpackedContent(
  name: string,
  outer: Peeked,
  expected: Expected,
): AsyncGenerator<Uint8Array> {
  const packing = kindOf(outer.head);
  const unpack = packing && UNPACKERS[packing.extensions.at(0) ?? ''];
  const ending = fileExtension({ name });
  if (ending in UNPACKERS && !unpack) {
    throw new Error(
      `${name}: expected ${kindNamed(ending)?.name ?? ending}, got ${packing?.name ?? 'other bytes'}`,
    );
  }
  if (!unpack) {
    yield* checkedContent(name, outer, expected);
    return;
  }
  const inner = await peek(unpack(name, outer.chunks), HEAD_BYTES);
  try {
    const kind = kindOf(inner.head);
    if (kind && isPacked(kind.extensions)) {
      throw refusedKind(
        name,
        { ...kind, name: `${kind.name} inside ${packing.name}`, remedy: 'unpack it first' },
        expected,
      );
    }
    yield* checkedContent(name, inner, expected);
  } finally {
    await inner.close();
  }
}

/** Kinds that are read where they are a file by themselves, but not out of another one. */
function isPacked(extensions: readonly string[]): boolean {
  return ['.zip', '.parquet', ...Object.keys(UNPACKERS)].some((each) => extensions.includes(each));
}

async function* checkedContent(
  name: string,
  { head, chunks }: Peeked,
  expected: Expected,
): AsyncGenerator<Uint8Array> {
  const extension = innerExtension(name);
  const own = isOwn(extension, expected);
  const kind = own ? undefined : (kindOf(head) ?? kindNamed(extension));
  if (kind && isPacked(kind.extensions)) {
    throw refusedKind(name, { ...kind, remedy: 'unpack it first' }, expected);
  }
  if (kind && !kind.extensions.some((each) => expected.extensions.includes(each))) {
    throw refusedKind(name, kind, expected);
  }
  const encoding = !own && TEXTS.includes(extension) ? utf16Of(head) : undefined;
  yield* encoding ? utf16Bytes(name, chunks, encoding) : chunks;
}

/** Whether an app has a format of its own under this ending, of which it knows best what it is. */
function isOwn(extension: string, { extensions }: Expected): boolean {
  return extensions.includes(extension) && !TEXTS.includes(extension);
}
