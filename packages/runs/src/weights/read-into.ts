import type { Safetensors } from '../safetensors/open-safetensors.js';

/** Reads the bytes of a tensor into memory of their length. */
export async function readInto(memory: Uint8Array, file: Safetensors, name: string): Promise<void> {
  let count = 0;
  for await (const piece of file.bytes(name)) {
    memory.set(piece, count);
    count += piece.length;
  }
}
