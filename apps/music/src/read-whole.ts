import type { DataFile } from '@ramble/core';

/** Reads all bytes of a file. */
export async function readWhole(file: DataFile): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of file.chunks()) chunks.push(chunk);
  return chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
}
