import type { ModelConfig } from '@ramble/core';
import type { ParameterSpec } from '@ramble/core/engine';
import { parameterSpecs } from '@ramble/core/model';

import { FLOAT_CODECS } from '../safetensors/float-codecs.js';
import type { Safetensors } from '../safetensors/open-safetensors.js';
import type { TensorEntry } from '../safetensors/safetensors-header.js';
import { widenTensors } from './stored-tensors.js';

/**
 * Checks that a file holds the expected tensors, with their shapes, and no others.
 *
 * @throws RangeError unless a file holds these tensors, in these shapes, and no others.
 */
export function checkTensors(
  { name: file, tensors }: Safetensors,
  expected: readonly { readonly name: string; readonly shape: readonly number[] }[],
): void {
  for (const { name, shape } of expected) {
    const found = tensors.get(name);
    if (!found) throw new RangeError(`${file}: expected a tensor ${name}, got none`);
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

/** The parameters of a model, and the file of them. */
export interface CheckedParameters {
  readonly specs: readonly ParameterSpec[];
  /** The file with all parameters as floats, in their shapes. */
  readonly wide: Safetensors;
}

/**
 * Checks that a file holds all parameters of a model and nothing else; matrices may be quantized.
 *
 * @throws RangeError that names file and tensor, when it does not.
 */
export function checkParameters(file: Safetensors, config: ModelConfig): CheckedParameters {
  const specs = expectedParameters(file, config);
  const wide = widenTensors(file, specs);
  checkTensors(wide, specs);
  return { specs, wide };
}

/**
 * The parameters that a file of a model should have. A file that cannot have them is refused first: the
 * list would be of any length that a stranger likes.
 *
 * @throws RangeError that names the file, when the model has more layers than the file has tensors.
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
 * A view of the tensors whose floats are checked as they are read.
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
 * For each type, the array of words that hold one number each, and the bits of the exponent: a word with
 * all of them set is no finite number.
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
