import type { ModelConfig } from '@ramble/core';
import type { ParameterSpec } from '@ramble/core/engine';
import { parameterSpecs } from '@ramble/core/model';

import { FLOAT_CODECS, tensorIn } from '../safetensors/float-codecs.js';
import type { Safetensors } from '../safetensors/open-safetensors.js';
import type { TensorEntry } from '../safetensors/safetensors-header.js';
import { widenTensors } from './stored-tensors.js';

/**
 * Checks that a file contains the expected tensors, with their shapes, and no others.
 *
 * @throws RangeError that names the file and a tensor, if it does not.
 */
export function checkTensors(
  { name: file, tensors }: Safetensors,
  expected: readonly { readonly name: string; readonly shape: readonly number[] }[],
): void {
  for (const { name, shape } of expected) {
    const found = tensorIn(file, tensors, name);
    if (found.shape.join() !== shape.join()) {
      throw new RangeError(
        `${file}: expected ${found.name} of shape [${shape.join()}], got [${found.shape.join()}]`,
      );
    }
  }
  const names = new Set(expected.map(({ name }) => name));
  for (const [name, found] of tensors) {
    if (!names.has(name)) {
      throw new RangeError(`${file}: expected no tensor ${found.name}, got one`);
    }
  }
}

/** The parameters of a model, and their file. */
export interface CheckedParameters {
  readonly specs: readonly ParameterSpec[];
  /**
   * View of the file in which all parameters have type F32 and the shapes of the specs: quantized matrices are
   * dequantized when read.
   */
  readonly wide: Safetensors;
}

/**
 * Checks that a file contains all parameters of a model and nothing else; matrices may be quantized.
 *
 * @throws RangeError that names file and tensor, if it does not.
 */
export function checkParameters(file: Safetensors, config: ModelConfig): CheckedParameters {
  const specs = expectedParameters(file, config);
  const wide = widenTensors(file, specs);
  checkTensors(wide, specs);
  return { specs, wide };
}

/**
 * Returns the parameters that a model's file must have. It first rejects models with too many layers, because
 * an untrusted config could make the list very long.
 *
 * @throws RangeError that names the file, if the model has more layers than the file has tensors.
 */
export function expectedParameters(
  { name, tensors }: Pick<Safetensors, 'name' | 'tensors'>,
  config: ModelConfig,
): ParameterSpec[] {
  if (config.nLayer > tensors.size) {
    throw new RangeError(
      `${name}: expected the tensors of ${config.nLayer} layers, got ${tensors.size} tensors`,
    );
  }
  return parameterSpecs(config);
}

/**
 * Returns a view of the file whose floats are checked when they are read.
 *
 * @returns a file whose `bytes` throw a RangeError that names the first number that is NaN or infinite.
 */
export function finiteTensors(file: Safetensors): Safetensors {
  async function* bytes(name: string): ReturnType<Safetensors['bytes']> {
    const entry = file.tensors.get(name);
    let before = 0;
    for await (const piece of file.bytes(name)) {
      if (entry) checkFinite(file.name, entry, piece, before);
      before += piece.length;
      yield piece;
    }
  }
  return { ...file, bytes };
}

/**
 * Class of the integer array that gives the bits of each number, and mask of the exponent bits, by data type. A
 * number is NaN or infinite if all exponent bits are set.
 */
const EXPONENTS: Readonly<
  Record<string, readonly [typeof Uint16Array | typeof Uint32Array, number]>
> = { F32: [Uint32Array, 0x7f800000], F16: [Uint16Array, 0x7c00], BF16: [Uint16Array, 0x7f80] };

function checkFinite(
  file: string,
  { name, dtype }: TensorEntry,
  piece: Uint8Array,
  bytesBefore: number,
): void {
  if (!Object.hasOwn(EXPONENTS, dtype)) return;
  const [Words, exponent] = EXPONENTS[dtype];
  const { BYTES_PER_ELEMENT: size } = Words;
  const aligned = piece.byteOffset % size === 0 ? piece : piece.slice();
  const { buffer, byteOffset, length } = aligned as Uint8Array<ArrayBuffer>; // no file is read into shared memory
  const words = new Words(buffer, byteOffset, length / size);
  let at = 0;
  while (at < words.length && (words[at] & exponent) !== exponent) at++;
  if (at === words.length) return;
  const [value] = FLOAT_CODECS[dtype as keyof typeof FLOAT_CODECS].decode(
    piece.subarray(at * size, (at + 1) * size),
  );
  throw new RangeError(
    `${file}: expected finite numbers in ${name}, got ${value} at ${bytesBefore / size + at}`,
  );
}
