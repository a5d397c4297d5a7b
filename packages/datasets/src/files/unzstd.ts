import { messageOf } from '@ramble/core/files';
import type { Decompress } from 'fzstd';
import type { XXHash } from 'xxhash-wasm';

/** The largest window that fzstd reads; `zstd --long=27` and `--ultra` write larger ones. */
const MAX_WINDOW_BYTES = 2 ** 25;

/**
 * Decompresses zstd while reading, with one or several frames, and verifies the checksums of frames.
 *
 * @throws Error that names the file if it is truncated or damaged, or unpacks to far too much.
 */
export async function* unzstd(
  name: string,
  chunks: AsyncIterable<Uint8Array>,
  guard: SizeGuard = sizeGuard(name),
): AsyncGenerator<Uint8Array> {
  const [{ Decompress }, { default: xxhash }] = await Promise.all([
    import('fzstd'), // Node has its own zstd since 22.15
    import('xxhash-wasm'),
  ]);
  const hashes = await xxhash();
  let unpacked: Uint8Array[] = [];
  let unpacker: Decompress | undefined;
  let hash: XXHash<bigint> | undefined;
  const refused = (got: string, cause?: unknown): Error =>
    new Error(`${name}: expected complete zstd data, got ${got}`, { cause });
  const push = (bytes: Uint8Array, endsFrame: boolean): void => {
    try {
      unpacker?.push(bytes, endsFrame);
    } catch (error) {
      throw refused(`damaged data (${messageOf(error)})`);
    }
  };
  const parts = zstdFrames(chunks);
  try {
    for (;;) {
      const next = await parts.next().catch((error: unknown) => {
        if (error instanceof Error && !('code' in error) && !error.message.includes(': ')) {
          throw refused(error.message);
        }
        throw error; // of the file
      });
      if (next.done === true) return;
      const part = next.value;
      guard.came(part.bytes.length);
      if (part.kind === 'header') {
        if (part.windowBytes > MAX_WINDOW_BYTES) {
          throw refused(
            `a window of ${part.windowBytes} bytes, more than ${MAX_WINDOW_BYTES}; decompress it first`,
          );
        }
        unpacker = new Decompress((bytes) => void unpacked.push(bytes));
        hash = hashes.create64();
      }
      push(part.bytes, part.kind === 'checksum' || (part.kind === 'block' && part.endsFrame));
      for (const bytes of unpacked) {
        hash?.update(bytes);
        guard.went(bytes.length);
        if (bytes.length > 0) yield bytes;
      }
      unpacked = [];
      if (part.kind === 'checksum' && hash && Number(hash.digest() & 0xffffffffn) !== part.value) {
        throw refused('damaged data (its checksum differs)');
      }
    }
  } finally {
    await parts.return(undefined); // also closes a file that is not read to its end
  }
}

/** A part of a zstd file, in order. */
type ZstdPart =
  /** Header of a frame. */
  | { readonly kind: 'header'; readonly bytes: Uint8Array; readonly windowBytes: number }
  /** Block of a frame, with at most 128 KiB of content. */
  | { readonly kind: 'block'; readonly bytes: Uint8Array; readonly endsFrame: boolean }
  /** Optional checksum at the end of a frame: the low four bytes of XXH64 of its content. */
  | { readonly kind: 'checksum'; readonly bytes: Uint8Array; readonly value: number };

const MAGIC = 0xfd2fb528;
const SKIPPABLE = 0x184d2a50;
/** Maximum size of a block, packed or not. */
const MAX_BLOCK_BYTES = 2 ** 17;

/**
 * Splits zstd data into headers and blocks, which are unpacked one at a time, so that large files need little memory.
 * Skippable frames are skipped.
 *
 * @throws Error with the fault, without the name of the file.
 * @see RFC 8878, section 3.1
 */
async function* zstdFrames(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<ZstdPart> {
  const reader = byteReader(chunks);
  try {
    while (await reader.hasMore()) {
      const magic = await reader.take(4);
      const number = view(magic).getUint32(0, true);
      if ((number & 0xfffffff0) >>> 0 === SKIPPABLE) {
        await reader.skip(view(await reader.take(4)).getUint32(0, true));
        continue;
      }
      if (number !== MAGIC) throw new Error('other data after a frame');
      const { bytes, windowBytes, hasChecksum } = await frameHeader(reader);
      yield { kind: 'header', bytes: joined([magic, bytes]), windowBytes };
      for (let isLast = false; !isLast;) {
        const head = await reader.take(3);
        const word = head[0] + head[1] * 2 ** 8 + head[2] * 2 ** 16;
        const [type, size] = [(word >> 1) & 3, word >> 3];
        isLast = (word & 1) === 1;
        if (type === 3) throw new Error('a block of unknown type');
        if (size > MAX_BLOCK_BYTES) throw new Error('a block that is too long');
        const body = await reader.take(type === 1 ? 1 : size);
        yield { kind: 'block', bytes: joined([head, body]), endsFrame: isLast && !hasChecksum };
      }
      if (!hasChecksum) continue;
      const sum = await reader.take(4);
      yield { kind: 'checksum', bytes: sum, value: view(sum).getUint32(0, true) };
    }
  } finally {
    await reader.close();
  }
}

async function frameHeader(reader: ByteReader): Promise<{
  readonly bytes: Uint8Array;
  readonly windowBytes: number;
  readonly hasChecksum: boolean;
}> {
  const descriptor = await reader.take(1);
  const [flags] = descriptor;
  const isSingle = (flags & 0x20) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][flags & 3];
  const sizeBytes = [isSingle ? 1 : 0, 2, 4, 8][flags >> 6];
  if ((flags & 8) !== 0) throw new Error('a reserved bit');
  const window = await reader.take(isSingle ? 0 : 1);
  const rest = await reader.take(dictionaryBytes + sizeBytes);
  if (rest.subarray(0, dictionaryBytes).some((byte) => byte !== 0)) {
    throw new Error('data that needs a dictionary');
  }
  const size = rest.subarray(dictionaryBytes);
  const windowBytes = isSingle ? contentBytes(size) : windowSize(window[0]);
  const hasChecksum = (flags & 4) !== 0;
  return { bytes: joined([descriptor, window, rest]), windowBytes, hasChecksum };
}

function windowSize(byte: number): number {
  const base = 2 ** (10 + (byte >> 3));
  return base + (base / 8) * (byte & 7);
}

function contentBytes(field: Uint8Array): number {
  const value = field.reduceRight((sum, byte) => sum * 256 + byte, 0);
  return field.length === 2 ? value + 256 : value;
}

interface ByteReader {
  hasMore(): Promise<boolean>;
  /**
   * Reads the next `count` bytes.
   *
   * @throws Error if the source has fewer bytes.
   */
  take(count: number): Promise<Uint8Array>;
  skip(count: number): Promise<void>;
  /** Closes the source, whether it was read to its end or not. */
  close(): Promise<void>;
}

function byteReader(chunks: AsyncIterable<Uint8Array>): ByteReader {
  const source = chunks[Symbol.asyncIterator]();
  let chunk: Uint8Array = new Uint8Array(0);
  const hasMore = async (): Promise<boolean> => {
    while (chunk.length === 0) {
      const next = await source.next();
      if (next.done === true) return false;
      chunk = next.value;
    }
    return true;
  };
  const some = async (count: number): Promise<Uint8Array> => {
    if (!(await hasMore())) throw new Error('a truncated file');
    const part = chunk.subarray(0, count);
    chunk = chunk.subarray(part.length);
    return part;
  };
  return {
    hasMore,
    take: async (count) => {
      const parts: Uint8Array[] = [];
      for (let left = count; left > 0;) {
        const part = await some(left);
        parts.push(part);
        left -= part.length;
      }
      return joined(parts);
    },
    skip: async (count) => {
      for (let left = count; left > 0;) left -= (await some(left)).length;
    },
    close: async () => {
      await source.return?.();
    },
  };
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return parts.length === 1 ? parts[0] : Buffer.concat(parts);
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Maximum compression ratio. Text never reaches it; a zip bomb does. */
const MAX_RATIO = 250;
/** Number of bytes that may be unpacked at any ratio. */
const FREE_BYTES = 2 ** 28;

/**
 * Counts the bytes that a decompressor reads and writes, and stops a zip bomb, which could fill a disk. Text is
 * compressed by a factor of three to ten, logs by a hundred.
 */
export interface SizeGuard {
  readonly came: (bytes: number) => void;
  /**
   * Counts decompressed bytes.
   *
   * @throws Error that names the file if it unpacks to too much.
   */
  readonly went: (bytes: number) => void;
}

export function sizeGuard(name: string, freeBytes = FREE_BYTES): SizeGuard {
  let [packed, unpacked] = [0, 0];
  return {
    came: (bytes) => void (packed += bytes),
    went: (bytes) => {
      unpacked += bytes;
      if (unpacked <= freeBytes || unpacked <= MAX_RATIO * packed) return;
      throw new Error(
        `${name}: expected data compressed at most ${MAX_RATIO}-fold, ` +
          `got ${unpacked} bytes from ${packed}; decompress it first if that is intended`,
      );
    },
  };
}
