import { FLOAT_CODECS } from '../safetensors/float-codecs.js';
import type { Safetensors } from '../safetensors/open-safetensors.js';
import type { TensorEntry } from '../safetensors/safetensors-header.js';

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
