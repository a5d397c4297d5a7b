/** Text is never packed so well; a bomb is. */
const MAX_RATIO = 250;
/** What may come out whatever the ratio is. */
const FREE_BYTES = 2 ** 28;

/**
 * Counts what goes into a decompressor and what comes out of it, so that a few kilobytes do not fill a
 * disk: text becomes three to ten times smaller, logs a hundred times.
 */
export interface SizeGuard {
  readonly came: (bytes: number) => void;
  /**
   * Counts decompressed bytes.
   *
   * @throws Error that names the file when too much has come out of it.
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
