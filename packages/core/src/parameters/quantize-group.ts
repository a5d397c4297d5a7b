import { BLOCK_INPUTS, type BlockKind } from './block-layout.js';

/**
 * Rounds the numbers of a group to the nearest step of its range, as GGML's `quantize_row_q4_1_ref` and
 * `quantize_row_q8_0_ref` do in 32 bits.
 *
 * @param x - 32 numbers, of which the first `count` exist.
 * @param q - Receives a number from 0 to 15 (`q4`) or from -127 to 127 (`q8`) for each, and 0 for the rest.
 * @param ranges - Receives the scale and, of `q4`, the minimum, before they are rounded to 16 bits.
 * @throws RangeError for numbers that a 16-bit float cannot hold.
 */
export function quantizeGroup(
  kind: BlockKind,
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
    isKept &&= value - value === 0; // no NaN, which is neither larger nor smaller
  }
  if (!isKept || Math.max(-smallest, largest) >= TOO_LARGE) {
    const worst = x.subarray(0, count).find((value) => !(Math.abs(value) < TOO_LARGE));
    throw new RangeError(`expected numbers of at most 65504 for ${kind}, got ${worst}`);
  }
  if (count < BLOCK_INPUTS) q.fill(0, count);
  if (kind === 'q4') {
    ranges[at] = toFourBits(x, count, q, smallest, largest);
    ranges[at + 1] = smallest;
  } else {
    ranges[at] = toEightBits(x, count, q, Math.max(-smallest, largest));
  }
}

/** It would round to an infinite 16-bit float. */
const TOO_LARGE = 65520;
const { fround } = Math;

/** @returns the scale. */
function toFourBits(
  x: Float32Array,
  count: number,
  q: Int8Array,
  minimum: number,
  largest: number,
): number {
  const scale = fround(fround(largest - minimum) / 15);
  const inverse = scale === 0 ? 0 : fround(1 / scale);
  for (let i = 0; i < count; i++) {
    const steps = fround(fround(fround(x[i] - minimum) * inverse) + 0.5);
    q[i] = steps < 15 ? steps : 15; // an Int8Array drops the fraction
  }
  return scale;
}

function toEightBits(x: Float32Array, count: number, q: Int8Array, largest: number): number {
  const scale = fround(largest / 127);
  const inverse = scale === 0 ? 0 : fround(1 / scale);
  for (let i = 0; i < count; i++) {
    const steps = fround(x[i] * inverse);
    q[i] = steps < 0 ? steps - 0.5 : steps + 0.5;
  }
  return scale;
}
