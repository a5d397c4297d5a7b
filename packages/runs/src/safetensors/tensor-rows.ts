import { sizeOf } from '@ramble/core';

import { floatPieces } from './float-pieces.js';
import type { Safetensors } from './open-safetensors.js';

/** Whole rows of a tensor. */
export interface TensorRows {
  readonly firstRow: number;
  /** Valid until the next rows are asked for. */
  readonly values: Float32Array;
}

/**
 * A tensor of 16- or 32-bit floats in pieces of whole rows, a few megabytes each. A vector is one
 * row.
 *
 * @throws RangeError when there is no such tensor; TypeError when it holds no 16- or 32-bit floats.
 */
export async function* tensorRows(
  file: Safetensors,
  name: string,
): AsyncGenerator<TensorRows, void, undefined> {
  const shape = file.tensors.get(name)?.shape ?? []; // `floatPieces` refuses what is not there
  const width = shape.at(-1) ?? 1;
  let held = new Float32Array(0); // the first `count` are read and not handed out
  let [count, firstRow] = [0, 0];
  for await (const piece of floatPieces(file, name)) {
    const sum = count + piece.length;
    if (held.length < sum) {
      const grown = new Float32Array(Math.min(sizeOf(shape), sum + width));
      grown.set(held.subarray(0, count));
      held = grown;
    }
    held.set(piece, count);
    const whole = sum - (sum % width);
    count = sum - whole;
    if (whole === 0) continue;
    yield { firstRow, values: held.subarray(0, whole) };
    firstRow += whole / width;
    held.copyWithin(0, whole, sum);
  }
}
