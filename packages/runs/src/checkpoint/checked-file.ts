import { formatChecksum, type SavedFile } from './checksums.js';
import type { Crc32, StoredFile } from '../storage/run-storage.js';

/** Number of bytes that are read at once where no reader asks for them. */
const PIECE_BYTES = 2 ** 22;
/** A reader that leaves out no more is followed: the scales of a large int8 matrix. */
const MAX_GAP_BYTES = 2 ** 24;

/** A file whose bytes are summed up as they are read. */
export interface CheckedFile extends StoredFile {
  /**
   * Reads what was not read yet.
   *
   * @throws RangeError when the file is not as it was saved.
   */
  check(): Promise<void>;
}

/**
 * Sums up a file while it is read from its beginning to its end, so that checking it takes no second
 * pass. Reads in another order are allowed; `check` reads what they left out again.
 *
 * @throws RangeError when the file is not of the size that was saved.
 */
export function checkedFile(file: StoredFile, saved: SavedFile, crc32: Crc32): CheckedFile {
  const { name, sizeBytes } = file;
  if (sizeBytes !== saved.sizeBytes) {
    throw new RangeError(
      `${name}: expected ${saved.sizeBytes} bytes, as it was saved, got ${sizeBytes}`,
    );
  }
  let [done, sum] = [0, 0];
  const add = (bytes: Uint8Array): void => {
    sum = crc32(bytes, sum);
    done += bytes.length;
  };
  const readUpTo = async (end: number): Promise<void> => {
    if (done >= end) return;
    const memory = new Uint8Array(Math.min(PIECE_BYTES, end - done));
    while (done < end) add(await file.read(done, Math.min(memory.length, end - done), memory));
  };
  const read: StoredFile['read'] = async (offset, lengthBytes, memory) => {
    if (offset > done && offset - done <= MAX_GAP_BYTES) await readUpTo(offset);
    const bytes = await file.read(offset, lengthBytes, memory);
    if (offset === done) add(bytes);
    return bytes;
  };
  const check = async (): Promise<void> => {
    await readUpTo(sizeBytes);
    const got = formatChecksum(sum);
    if (got === saved.crc32) return;
    throw new RangeError(
      `${name}: expected the checksum ${saved.crc32}, as it was saved, got ${got}. The file is damaged`,
    );
  };
  let last: Promise<unknown> = Promise.resolve();
  /** One after the other, as one adds to the sum of the other. */
  const inTurn = <T>(run: () => Promise<T>): Promise<T> => {
    const result = last.then(run);
    last = result.catch(() => undefined);
    return result;
  };
  return {
    ...file,
    read: (offset, lengthBytes, memory) => inTurn(() => read(offset, lengthBytes, memory)),
    check: () => inTurn(check),
  };
}
