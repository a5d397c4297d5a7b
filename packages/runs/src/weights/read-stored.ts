import { fillPanels, isInPanels, type StoredNumbers } from '@ramble/core';
import { bytesOf } from '../safetensors/float-codecs.js';
import type { Safetensors } from '../safetensors/open-safetensors.js';

import { scalesName } from './int8-tensors.js';
import { readInto } from './read-into.js';
import { kindOfTensor } from './stored-kinds.js';

/**
 * Reads a parameter into the memory where it is kept, when the file holds it in the same form.
 *
 * @param file - As it was opened, with quantized matrices as they are.
 * @returns false when it is of another form.
 */
export async function readStored(
  file: Safetensors,
  name: string,
  stored: StoredNumbers,
): Promise<boolean> {
  const entry = file.tensors.get(name);
  if (!entry) return false;
  const kind = kindOfTensor(entry);
  if (kind === 'f32') return false; // of other types, too, which are converted
  if (isInPanels(stored)) {
    const [rows, width] = entry.shape;
    const shape = { rows, width, inputs: 'rows' } as const;
    return fillPanels(stored, shape, (byRows) => readStored(file, name, byRows));
  }
  if (kind !== stored.kind) return false;
  switch (stored.kind) {
    case 'f16':
      await readInto(bytesOf(stored.bits), file, name);
      return true;
    case 'int8':
      await readInto(bytesOf(stored.values), file, name);
      await readInto(bytesOf(stored.scales), file, scalesName(name));
      return true;
    case 'q4':
    case 'q8':
      await readInto(stored.blocks, file, name);
      return true;
  }
}
