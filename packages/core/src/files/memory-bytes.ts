import type { ByteSource } from './bytes.js';

/** A `ByteSource` over an array in memory. */
export function memoryBytes(name: string, bytes: Uint8Array): ByteSource {
  return {
    name,
    sizeBytes: bytes.length,
    read: (offset, lengthBytes) =>
      offset >= 0 && offset + lengthBytes <= bytes.length
        ? Promise.resolve(bytes.slice(offset, offset + lengthBytes))
        : Promise.reject(
            new RangeError(
              `${name}: expected ${lengthBytes} bytes at ${offset}, got a file of ${bytes.length}`,
            ),
          ),
  };
}
