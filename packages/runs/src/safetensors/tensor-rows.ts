import { sizeOf } from '@ramble/core/engine';

import { bytesOf, FLOAT_CODECS, floatPieces } from './float-codecs.js';
import type { Safetensors } from './open-safetensors.js';

/** Whole rows of a tensor. */
export interface TensorRows {
  readonly firstRow: number;
  /** The rows' numbers, valid until the next rows are requested. */
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
  async function* bytes(): AsyncGenerator<Uint8Array> {
    for await (const piece of floatPieces(file, name)) yield bytesOf(piece);
  }
  let firstRow = 0;
  for await (const rows of wholeRows(bytes(), 4 * width, sizeOf(shape) / width)) {
    const values = FLOAT_CODECS.F32.decode(rows);
    yield { firstRow, values };
    firstRow += values.length / width;
  }
}

/** Joins pieces of a tensor to pieces of whole rows. A piece is valid until the next is requested. */
export async function* wholeRows(
  pieces: AsyncIterable<Uint8Array>,
  rowBytes: number,
  rowCount: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let held = new Uint8Array(0); // the first `count` are read and not handed out
  let count = 0;
  for await (const piece of pieces) {
    const sum = count + piece.length;
    if (held.length < sum) {
      const grown = new Uint8Array(Math.min(rowBytes * rowCount, sum + rowBytes));
      grown.set(held.subarray(0, count));
      held = grown;
    }
    held.set(piece, count);
    const whole = sum - (sum % rowBytes);
    count = sum - whole;
    if (whole === 0) continue;
    yield held.subarray(0, whole);
    held.copyWithin(0, whole, sum);
  }
}
