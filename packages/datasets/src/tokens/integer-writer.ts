import type { FileHandle } from 'node:fs/promises';

const BLOCK_BYTES = 1 << 20;

/** Appends little-endian unsigned integers to a file. */
export interface IntegerWriter {
  /** Numbers are written in blocks: the last ones only by `flush`. */
  append(values: ArrayLike<number>): Promise<void>;
  flush(): Promise<void>;
}

/** An `IntegerWriter` from the file's current position on, which collects blocks of a megabyte. */
export function integerWriter(
  handle: FileHandle,
  type: 'uint16' | 'uint32' | 'uint64',
): IntegerWriter {
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
