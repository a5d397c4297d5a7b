import { int8Matrix, type ParameterSpec, type WeightKind } from '@ramble/core';
import { named } from '@ramble/core/files';
import {
  bytesOf,
  convertTensor,
  type EncodedTensor,
  floatDtype,
  type Safetensors,
  tensorRows,
} from '@ramble/safetensors';

import { scalesName, scalesShape } from './int8-tensors.js';

/**
 * A parameter of a file as a run keeps it: a matrix as it would lie in memory, in 16 bits or in int8
 * with its scales after it; gains and biases in 32 bits. Rounds a few megabytes at a time.
 *
 * @returns one tensor to write, or two.
 * @throws TypeError when it holds no floats; RangeError, when it is written, for a number that cannot
 *   be kept.
 */
export function narrowTensors(
  file: Safetensors,
  { name, shape }: ParameterSpec,
  kind: WeightKind,
): EncodedTensor[] {
  if (shape.length !== 2 || kind === 'f32') return [convertTensor(file, name, 'F32')];
  if (kind === 'f16') return [convertTensor(file, name, 'F16')];
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
