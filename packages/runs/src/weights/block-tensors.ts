import {
  blockBytes,
  type BlockKind,
  blockMatrix,
  blockShape,
  inputsOf,
  matrixShape,
  type ParameterSpec,
} from '@ramble/core';
import { named } from '@ramble/core/files';
import { bytesOf } from '../safetensors/float-codecs.js';
import { floatDtype } from '../safetensors/float-pieces.js';
import type { Safetensors } from '../safetensors/open-safetensors.js';
import type { TensorEntry } from '../safetensors/safetensors-header.js';
import { tensorRows } from '../safetensors/tensor-rows.js';
import type { EncodedTensor } from '../safetensors/write-tensors.js';

import { readInto } from './read-into.js';
import { kindOfTensor } from './stored-kinds.js';

/** Numbers that are dequantized at a time. */
const PIECE_NUMBERS = 2 ** 20;

/**
 * Checks a tensor of type U8, which a file has in the place of a parameter.
 *
 * @returns the kind of its blocks.
 * @throws RangeError that names file and tensor, when they are not the blocks of such a matrix.
 */
export function checkBlocks(
  file: Safetensors,
  { name, shape }: TensorEntry,
  spec: ParameterSpec,
): BlockKind {
  if (inputsOf(spec) !== undefined) {
    for (const kind of ['q4', 'q8'] as const) {
      if (shape.join() === blockShape(kind, matrixShape(spec)).join()) return kind;
    }
  }
  const expected =
    inputsOf(spec) === undefined
      ? 'floats'
      : `blocks of shape [${blockShape('q4', matrixShape(spec)).join()}]`;
  throw new RangeError(
    `${file.name}: expected ${name} as ${expected}, got U8 of [${shape.join()}]`,
  );
}

/** The bytes of the 32-bit floats that a matrix in blocks stands for, in pieces. It takes the memory of its blocks. */
export async function* wideBlocks(
  file: Safetensors,
  spec: ParameterSpec,
  kind: BlockKind,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { rows, width } = matrixShape(spec);
  const matrix = blockMatrix(kind, matrixShape(spec));
  await readInto(matrix.stored.blocks, file, spec.name);
  const step = Math.max(32, Math.floor(PIECE_NUMBERS / width / 32) * 32); // whole groups of rows
  for (let row = 0; row < rows; row += step) {
    yield bytesOf(matrix.readRows(row, Math.min(step, rows - row)));
  }
}

/** A matrix of floats, to be written in blocks; it takes their memory. */
export function toBlocks(file: Safetensors, spec: ParameterSpec, kind: BlockKind): EncodedTensor {
  const { name } = spec;
  floatDtype(file, name); // refuses what is none
  async function* bytes(): AsyncGenerator<Uint8Array> {
    const matrix = blockMatrix(kind, matrixShape(spec));
    for await (const { firstRow, values } of tensorRows(file, name)) {
      named(`${file.name}: ${name}`, () => matrix.writeRows(firstRow, values));
    }
    yield matrix.stored.blocks;
  }
  return { name, dtype: 'U8', shape: blockShape(kind, matrixShape(spec)), bytes };
}

/** The blocks of a file, to be written as they are; a scale that is not finite is refused. */
export function copiedBlocks(file: Safetensors, entry: TensorEntry): EncodedTensor {
  const { name, shape } = entry;
  const kind = kindOfTensor(entry) === 'q8' ? 'q8' : 'q4';
  const [size, halves] = [blockBytes(kind), kind === 'q8' ? 16 : 32];
  async function* bytes(): AsyncGenerator<Uint8Array> {
    let before = 0;
    for await (const piece of file.bytes(name)) {
      // The upper byte of a 16-bit float has its exponent; bytes of pieces are even in number.
      for (let block = -(before % size); block < piece.length; block += size) {
        for (
          let i = Math.max(block, 0) | 1;
          i < Math.min(block + 2 * halves, piece.length);
          i += 2
        ) {
          if ((piece[i] & 0x7c) !== 0x7c) continue;
          throw new RangeError(
            `${file.name}: expected finite scales in ${name}, got one at byte ${before + i - 1}`,
          );
        }
      }
      before += piece.length;
      yield piece;
    }
  }
  return { name, dtype: 'U8', shape, bytes };
}
