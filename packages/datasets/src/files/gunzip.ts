import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { type SizeGuard, sizeGuard } from './guard-size.js';

/**
 * Decompresses gzip, one member or several, while reading.
 *
 * @throws Error that names the file when it is cut short or damaged, or unpacks to far too much.
 */
export async function* gunzip(
  name: string,
  chunks: AsyncIterable<Uint8Array>,
  guard: SizeGuard = sizeGuard(name),
): AsyncGenerator<Uint8Array> {
  const { createGunzip } = await import('node:zlib');
  const unpacker = createGunzip({ chunkSize: 1 << 16 });
  const source = Readable.from(counted(chunks, guard), { objectMode: false });
  const done = pipeline(source, unpacker).catch(() => undefined); // the loop hears of it
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
