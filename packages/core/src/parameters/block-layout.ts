import { encodeFloat16, float16Values } from './float16.js';

/** Number of inputs in a group: consecutive weights of an output that share a scale, as in GGML. */
export const GROUP_INPUTS = 32;
/** Number of outputs in a block, one for each lane of a SIMD vector. */
export const BLOCK_OUTPUTS = 16;

/**
 * Rounding and layout of the numbers of a group, as in GGML. A block of 16 outputs by 32 inputs stores 16 scales,
 * 16 minimums if the form has them, then word 0 of each output, word 1 of each, and so on. Scales and minimums
 * are 16-bit floats. All numbers are little-endian.
 */
export interface GroupForm {
  /** Number of 16-bit floats of a group: 1 for a scale, 2 for a scale and a minimum. */
  readonly halves: 1 | 2;
  /** Number of 32-bit words into which the 32 integers of a group are packed. */
  readonly words: number;
  /**
   * Rounds the first `count` numbers of `x` to integers, and writes these to `q`.
   *
   * @param smallest - Minimum of the numbers; `largest` is their maximum.
   * @returns the scale, before it is rounded to 16 bits.
   */
  readonly round: (
    x: Float32Array,
    count: number,
    q: Int8Array,
    smallest: number,
    largest: number,
  ) => number;
  /** Packs the 32 integers of a group into `4 * words` bytes. */
  readonly pack: (q: Int8Array, packed: Int8Array) => void;
  readonly unpack: (packed: Int8Array, q: Int8Array) => void;
}

/** Returns the number of bytes of a group in GGML. */
export function groupBytes({ halves, words }: GroupForm): number {
  return 2 * halves + 4 * words;
}

/**
 * Finds a scale or minimum that is not finite in a piece of a tensor in blocks.
 *
 * @param bytesBefore - Number of bytes of the tensor before the piece.
 * @returns the offset of the first one in the tensor, in bytes; -1 if all are finite.
 */
export function findNonFinite(piece: Uint8Array, bytesBefore: number, form: GroupForm): number {
  const [size, scaleBytes] = [BLOCK_OUTPUTS * groupBytes(form), 2 * BLOCK_OUTPUTS * form.halves];
  // The upper byte of a 16-bit float has its exponent; bytes of pieces are even in number.
  for (let block = -(bytesBefore % size); block < piece.length; block += size) {
    const end = Math.min(block + scaleBytes, piece.length);
    for (let i = Math.max(block, 0) | 1; i < end; i += 2) {
      if ((piece[i] & 0x7c) === 0x7c) return bytesBefore + i - 1;
    }
  }
  return -1;
}

/**
 * GGML's Q4_1: number = scale * q + minimum, q from 0 to 15. Byte i (byte i % 4 of word i / 4) has input i in its
 * lower half and input i + 16 in its upper half.
 */
export const FOUR_BITS: GroupForm = {
  halves: 2,
  words: 4,
  round: (x, count, q, minimum, largest) => {
    const scale = fround(fround(largest - minimum) / 15);
    const inverse = scale === 0 ? 0 : fround(1 / scale);
    for (let i = 0; i < count; i++) {
      const steps = fround(fround(fround(x[i] - minimum) * inverse) + 0.5);
      q[i] = steps < 15 ? steps : 15; // an Int8Array drops the fraction
    }
    return scale;
  },
  pack: (q, packed) => {
    for (let i = 0; i < 16; i++) packed[i] = q[i] | (q[i + 16] << 4);
  },
  unpack: (packed, q) => {
    for (let i = 0; i < 16; i++) {
      q[i] = packed[i] & 15;
      q[i + 16] = (packed[i] >> 4) & 15;
    }
  },
};

/** GGML's Q8_0: number = scale * q, q from -127 to 127, one byte an input. */
export const EIGHT_BITS: GroupForm = {
  halves: 1,
  words: 8,
  round: (x, count, q, smallest, largest) => {
    const scale = fround(Math.max(-smallest, largest) / 127);
    const inverse = scale === 0 ? 0 : fround(1 / scale);
    for (let i = 0; i < count; i++) {
      const steps = fround(x[i] * inverse);
      q[i] = steps < 0 ? steps - 0.5 : steps + 0.5;
    }
    return scale;
  },
  pack: (q, packed) => packed.set(q),
  unpack: (packed, q) => q.set(packed),
};

/** Minimum magnitude that would round to an infinite 16-bit float. */
const TOO_LARGE = 65520;
const { fround } = Math;

/**
 * Rounds the numbers of a group to the nearest step of its range, as GGML's `quantize_row_q4_1_ref` and
 * `quantize_row_q8_0_ref` do in 32 bits.
 *
 * @param format - Name of the format, for errors.
 * @param x - 32 numbers; only the first `count` are used.
 * @param q - Receives the integers, and 0 for unused numbers.
 * @param ranges - Receives the scale at index `at`, and the minimum, if any, after it, not yet rounded to 16 bits.
 * @throws RangeError for numbers that a 16-bit float cannot represent.
 */
export function quantizeGroup(
  format: string,
  { round, halves }: GroupForm,
  x: Float32Array,
  count: number,
  q: Int8Array,
  ranges: Float32Array,
  at: number,
): void {
  let smallest = x[0];
  let largest = x[0];
  let isKept = true;
  for (let i = 0; i < count; i++) {
    const value = x[i];
    if (value < smallest) smallest = value;
    if (value > largest) largest = value;
    isKept &&= value - value === 0; // false for NaN, which no comparison finds
  }
  if (!isKept || Math.max(-smallest, largest) >= TOO_LARGE) {
    const worst = x.subarray(0, count).find((value) => !(Math.abs(value) < TOO_LARGE));
    throw new RangeError(`expected numbers of at most 65504 for ${format}, got ${worst}`);
  }
  if (count < GROUP_INPUTS) q.fill(0, count);
  ranges[at] = round(x, count, q, smallest, largest);
  if (halves === 2) ranges[at + 1] = smallest;
}

/**
 * Converts blocks of GGML's Q4_0 (18 bytes: a scale, and numbers from -8 to 7) to groups of `q4`. The numbers
 * are the same, with the minimum -8 * scale.
 *
 * @throws RangeError for a scale of 8192 or more, whose minimum is not a 16-bit float.
 */
export function toQ4Groups(q40: Uint8Array): Uint8Array {
  const count = q40.length / 18;
  const groups = new Uint8Array(count * 20);
  const [from, to] = [q40, groups].map(
    ({ buffer, byteOffset }) => new DataView(buffer, byteOffset),
  );
  const scales = Float32Array.from({ length: count }, (_, i) => {
    return -8 * float16Values()[from.getUint16(i * 18, true)];
  });
  const minimums = new Uint16Array(count);
  encodeFloat16(scales, minimums);
  for (let i = 0; i < count; i++) {
    to.setUint16(i * 20, from.getUint16(i * 18, true), true);
    to.setUint16(i * 20 + 2, minimums[i], true);
    groups.set(q40.subarray(i * 18 + 2, (i + 1) * 18), i * 20 + 4);
  }
  return groups;
}
