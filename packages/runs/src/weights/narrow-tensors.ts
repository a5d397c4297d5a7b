import { int8Matrix, type ParameterSpec, storedAs, type StoredKind } from '@ramble/core';
import { named } from '@ramble/core/files';
import { convertTensor } from '../safetensors/convert-tensor.js';
import { bytesOf } from '../safetensors/float-codecs.js';
import { floatDtype } from '../safetensors/float-pieces.js';
import type { Safetensors } from '../safetensors/open-safetensors.js';
import { tensorRows } from '../safetensors/tensor-rows.js';
import type { EncodedTensor } from '../safetensors/write-tensors.js';

import { toBlocks } from './block-tensors.js';
import { scalesName, scalesShape } from './int8-tensors.js';

/**
 * A parameter of a file as a run keeps it: a matrix as it would lie in memory, in 16 bits, in int8 with its
 * scales after it, or in blocks; gains and biases in 32 bits. Rounds a few megabytes at a time; blocks take the
 * memory of one matrix.
 *
 * @returns one tensor to write, or two.
 * @throws TypeError when it holds no floats; RangeError, when it is written, for a number that cannot
 *   be kept.
 */
export function narrowTensors(
  file: Safetensors,
  spec: ParameterSpec,
  kind: StoredKind,
): EncodedTensor[] {
  const { name } = spec;
  const as = storedAs(spec, kind);
  switch (as) {
    case 'f32':
      return [convertTensor(file, name, 'F32')];
    case 'f16':
      return [convertTensor(file, name, 'F16')];
    case 'int8':
      return toInt8(file, spec);
    case 'q4':
    case 'q8':
      return [toBlocks(file, spec, as)];
  }
}

function toInt8(file: Safetensors, { name, shape }: ParameterSpec): EncodedTensor[] {
  floatDtype(file, name); // refuses what is none
  const [rows, width] = shape;
  const scales: Uint8Array[] = [];
  async function* bytes(): AsyncGenerator<Uint8Array> {
    for await (const { values } of tensorRows(file, name)) {
      const matrix = int8Matrix(values.length / width, width);
      named(`${file.name}: ${name}`, () => matrix.writeRows(0, values));
      yield bytesOf(matrix.stored.values);
      scales.push(bytesOf(matrix.stored.scales));
    }
  }
  return [
    { name, dtype: 'I8', shape, bytes },
    {
      name: scalesName(name),
      dtype: 'F32',
      shape: scalesShape(rows, width),
      bytes: () => scales, // known when the matrix before it is written
    },
  ];
}
