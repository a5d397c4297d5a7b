import type { ParameterSpec } from '@ramble/core';
import { readFloats } from '../safetensors/float-pieces.js';
import type { Safetensors } from '../safetensors/open-safetensors.js';

import { checkBlocks, wideBlocks } from './block-tensors.js';
import { checkScales, scalesName, wideBytes } from './int8-tensors.js';

/**
 * A file whose quantized matrices read as the 32-bit floats that they stand for.
 *
 * - A matrix `X` of type I8 and shape `[rows, width]` goes with `X.scales` of type F32,
 *   `[rows, ceil(width / 64)]`; entry `[i, j]` is `X[i, j] * X.scales[i, floor(j / 64)]`.
 * - A matrix of type U8 has the blocks of core's `block-layout.ts`, `[panels, groups, bytes]`.
 *
 * @param specs - The parameters that the file may hold; blocks do not tell their own shape.
 * @throws RangeError that names file and tensor, when a matrix has no such scales or blocks.
 */
export function widenTensors(file: Safetensors, specs: readonly ParameterSpec[]): Safetensors {
  const tensors = new Map(file.tensors);
  const readers = new Map<string, () => AsyncGenerator<Uint8Array, void, undefined>>();
  for (const entry of file.tensors.values()) {
    if (entry.dtype !== 'I8') continue;
    checkScales(file, entry);
    tensors.set(entry.name, { ...entry, dtype: 'F32' });
    tensors.delete(scalesName(entry.name));
    readers.set(entry.name, () => wideBytes(file, entry));
  }
  for (const spec of specs) {
    const entry = file.tensors.get(spec.name);
    if (entry?.dtype !== 'U8') continue;
    const kind = checkBlocks(file, entry, spec);
    tensors.set(spec.name, { ...entry, dtype: 'F32', shape: spec.shape });
    readers.set(spec.name, () => wideBlocks(file, spec, kind));
  }
  if (readers.size === 0) return file;
  const bytes: Safetensors['bytes'] = (name) => readers.get(name)?.() ?? file.bytes(name);
  const wide = { ...file, tensors, bytes };
  return { ...wide, read: (name) => readFloats(wide, name) };
}
