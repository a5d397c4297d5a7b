import type { Decompress } from 'fzstd';
import type { XXHash } from 'xxhash-wasm';

import { type SizeGuard, sizeGuard } from './guard-size.js';
import { zstdFrames } from './zstd-frames.js';

/** The largest window that fzstd reads; `zstd --long=27` and `--ultra` write larger ones. */
const MAX_WINDOW_BYTES = 2 ** 25;

/**
 * Unpacks zstd, one frame or several, as it is read; the checksums of frames are verified.
 *
 * @throws Error that names the file when it is cut short or damaged, or unpacks to far too much.
 */
export async function* unzstd(
  name: string,
  chunks: AsyncIterable<Uint8Array>,
  guard: SizeGuard = sizeGuard(name),
): AsyncGenerator<Uint8Array> {
  const [{ Decompress }, { default: xxhash }] = await Promise.all([
    import('fzstd'), // Node has zstd itself since 22.15
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
      throw refused(`damaged data (${error instanceof Error ? error.message : String(error)})`);
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
    await parts.return(undefined); // a file that is not read to its end is closed
  }
}
