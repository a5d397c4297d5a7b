import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';

import { isObject, tryParseJson } from '@ramble/core/files';
import { readBytes, withTemporary, writeWhole } from '@ramble/node';

/** A part of a document. A document has one or more pieces, which come in order. */
export interface TokenPiece {
  readonly tokens: ArrayLike<number>;
  /** True for the last piece of a document. */
  readonly endsDocument: boolean;
}

/**
 * Writes tokens to a file that `openTokenFile` reads, at constant memory: uint16 for vocabularies up to
 * 65,536, else uint32. After a power failure, the path has the whole file or none.
 *
 * @param pieces - Pieces of the documents. The last one need not end its document. A document without tokens
 *   is dropped.
 * @throws RangeError if an id is not below `info.vocabSize`.
 */
export async function writeTokenFile(
  path: string,
  info: TokenFileInfo,
  pieces: AsyncIterable<TokenPiece>,
): Promise<void> {
  await writeWhole(path, (handle) =>
    // Tokens come before the documents' starts in the file, so the starts wait in a temporary file.
    withTemporary(dirname(path), async (startsPath) => {
      const starts = await open(startsPath, 'w');
      try {
        await handle.writeFile(encodeHeader(info, 0, 0));
        const [count, documents] = await writeTokens(handle, starts, info.vocabSize, pieces);
        for await (const chunk of readBytes(startsPath)) await handle.writeFile(chunk);
        const header = encodeHeader(info, count, documents);
        await handle.write(header, 0, header.length, 0);
      } finally {
        await starts.close();
      }
    }),
  );
}

/**
 * Writes the tokens, and the starts of documents to a second file.
 *
 * @returns the numbers of tokens and of documents.
 */
async function writeTokens(
  handle: FileHandle,
  startsHandle: FileHandle,
  vocabSize: number,
  pieces: AsyncIterable<TokenPiece>,
): Promise<[count: number, documents: number]> {
  const tokens = integerWriter(handle, dtypeFor(vocabSize));
  const starts = integerWriter(startsHandle, 'uint64');
  let [count, documents] = [0, 0];
  let begins = true;
  for await (const piece of pieces) {
    checkIds(piece.tokens, vocabSize, count);
    if (begins && piece.tokens.length > 0) {
      await starts.append([count]);
      documents++;
      begins = false;
    }
    await tokens.append(piece.tokens);
    count += piece.tokens.length;
    begins ||= piece.endsDocument;
  }
  await tokens.flush();
  await starts.flush();
  return [count, documents];
}

function checkIds(ids: ArrayLike<number>, vocabSize: number, before: number): void {
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i];
    if (Number.isInteger(id) && id >= 0 && id < vocabSize) continue;
    throw new RangeError(
      `tokens: expected ids from 0 to ${vocabSize - 1}, got ${id} at position ${before + i}`,
    );
  }
}

const BLOCK_BYTES = 1 << 20;

/** Appends little-endian unsigned integers to a file. */
interface IntegerWriter {
  /** Appends numbers, which are written in blocks. `flush` writes the last ones. */
  append(values: ArrayLike<number>): Promise<void>;
  flush(): Promise<void>;
}

/**
 * Returns an `IntegerWriter` that starts at the file's current position and collects blocks of a megabyte.
 */
function integerWriter(handle: FileHandle, type: 'uint16' | 'uint32' | 'uint64'): IntegerWriter {
  const block = new DataView(new ArrayBuffer(BLOCK_BYTES));
  let used = 0;
  const put = {
    uint16: (value: number) => block.setUint16(used, value, true),
    uint32: (value: number) => block.setUint32(used, value, true),
    uint64: (value: number) => block.setBigUint64(used, BigInt(value), true),
  }[type];
  const valueBytes = { uint16: 2, uint32: 4, uint64: 8 }[type];

  async function flush(): Promise<void> {
    await handle.writeFile(new Uint8Array(block.buffer, 0, used));
    used = 0;
  }
  async function append(values: ArrayLike<number>): Promise<void> {
    for (let i = 0; i < values.length; i++) {
      if (used === BLOCK_BYTES) await flush();
      put(values[i]);
      used += valueBytes;
    }
  }
  return { append, flush };
}

/**
 * Header of a token file. The whole file:
 *
 *     0   8 bytes   `rambletk`
 *     8   uint32    format version
 *    12   uint32    length of the header in bytes
 *    16   header    JSON, spaces at its end
 *         tokens    `count` of uint16 or uint32
 *         starts    `documents` of uint64: the index of each document's first token
 *
 * All numbers are little-endian.
 */
export interface TokenFileHeader extends TokenFileInfo {
  readonly dtype: 'uint16' | 'uint32';
  /** Number of tokens. */
  readonly count: number;
  /** Number of documents. */
  readonly documents: number;
}

/** Facts about the tokens of a file: vocabulary size, and hashes of the tokenizer and the text that made them. */
export interface TokenFileInfo {
  readonly vocabSize: number;
  readonly tokenizerFingerprint: string;
  /** SHA-256 of the text that was encoded. */
  readonly dataSha256: string;
}

export const TOKEN_BYTES = { uint16: 2, uint32: 4 } as const;
export const START_BYTES = 8;

const MAGIC = 'rambletk';
const VERSION = 1;
const FIXED_BYTES = 16;
const MAX_JSON_BYTES = 1 << 16;
const COUNTS = ['vocabSize', 'count', 'documents'] as const;
const WORDS = ['tokenizerFingerprint', 'dataSha256'] as const;

/** Returns the narrowest type for all ids of a vocabulary. */
function dtypeFor(vocabSize: number): TokenFileHeader['dtype'] {
  return vocabSize <= 2 ** 16 ? 'uint16' : 'uint32';
}

/**
 * Encodes the bytes of a token file before its tokens. Their number depends only on `info`, so that the header can be
 * overwritten once the counts are known.
 */
function encodeHeader(info: TokenFileInfo, count: number, documents: number): Uint8Array {
  const { vocabSize, tokenizerFingerprint, dataSha256 } = info;
  const json = (counts: Pick<TokenFileHeader, 'count' | 'documents'>): Buffer => {
    const dtype = dtypeFor(vocabSize);
    return Buffer.from(
      JSON.stringify({ dtype, ...counts, vocabSize, tokenizerFingerprint, dataSha256 }),
    );
  };
  const max = Number.MAX_SAFE_INTEGER;
  const bytes = Buffer.alloc(FIXED_BYTES + json({ count: max, documents: max }).length, ' ');
  bytes.write(MAGIC, 'latin1');
  bytes.writeUInt32LE(VERSION, 8);
  bytes.writeUInt32LE(bytes.length - FIXED_BYTES, 12);
  json({ count, documents }).copy(bytes, FIXED_BYTES);
  return bytes;
}

/**
 * Reads the header of a token file.
 *
 * @param read - Reads bytes at an offset; returns fewer if the file ends.
 * @returns the header and the offset of the first token
 * @throws Error that names the file if it is another kind of file, of another version or damaged.
 */
export async function decodeHeader(
  name: string,
  read: (offset: number, lengthBytes: number) => Promise<Buffer>,
): Promise<{ header: TokenFileHeader; tokensAt: number }> {
  const fixed = await read(0, FIXED_BYTES);
  if (fixed.toString('latin1', 0, MAGIC.length) !== MAGIC) {
    throw new Error(`${name}: expected a token file of ramble, got another kind of file`);
  }
  const version = fixed.length === FIXED_BYTES ? fixed.readUInt32LE(8) : undefined;
  if (version !== VERSION) {
    throw new Error(`${name}: expected token file version ${VERSION}, got ${version ?? 'none'}`);
  }
  const jsonBytes = fixed.readUInt32LE(12);
  if (jsonBytes > MAX_JSON_BYTES) {
    throw new Error(`${name}: expected a header of at most 65536 bytes, got ${jsonBytes}`);
  }
  const header = tryParseJson((await read(FIXED_BYTES, jsonBytes)).toString('utf8'));
  if (!isHeader(header)) throw new Error(`${name}: expected an intact header, got a damaged one`);
  return { header, tokensAt: FIXED_BYTES + jsonBytes };
}

function isHeader(value: unknown): value is TokenFileHeader {
  if (!isObject(value)) return false;
  const fields = new Map(Object.entries(value));
  const isCount = (name: string): boolean => {
    const field = fields.get(name);
    return Number.isSafeInteger(field) && Number(field) >= 0;
  };
  return (
    COUNTS.every(isCount) &&
    WORDS.every((name) => typeof fields.get(name) === 'string') &&
    fields.get('dtype') === dtypeFor(Number(fields.get('vocabSize')))
  );
}
