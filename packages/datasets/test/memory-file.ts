import type { DataFile } from '@ramble/core';

/** Returns a file in memory whose bytes are read three at a time. */
export function memoryFile(name: string, content: string | Uint8Array): DataFile {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  return {
    name,
    sizeBytes: bytes.length,
    chunks: async function* () {
      for (let at = 0; at < bytes.length; at += 3) {
        yield await Promise.resolve(bytes.subarray(at, at + 3));
      }
    },
  };
}
