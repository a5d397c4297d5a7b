import type { StoredNumbers } from '@ramble/core';
import { bytesOf, type Safetensors } from '@ramble/safetensors';

import { scalesName } from './int8-tensors.js';

/**
 * Reads a parameter into the memory where it is kept, when the file holds it in the same form.
 *
 * @param file - As it was opened, with int8 matrices as they are.
 * @returns false when it is of another form.
 */
export async function readStored(
  file: Safetensors,
  name: string,
  stored: StoredNumbers,
): Promise<boolean> {
  const dtype = file.tensors.get(name)?.dtype;
  if (stored.kind === 'f16' && dtype === 'F16') {
    await fill(bytesOf(stored.bits), file, name);
    return true;
  }
  if (stored.kind === 'int8' && dtype === 'I8') {
    await fill(bytesOf(stored.values), file, name);
    await fill(bytesOf(stored.scales), file, scalesName(name));
    return true;
  }
  return false;
}

async function fill(memory: Uint8Array, file: Safetensors, name: string): Promise<void> {
  let count = 0;
  for await (const piece of file.bytes(name)) {
    memory.set(piece, count);
    count += piece.length;
  }
}
