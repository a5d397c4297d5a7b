/** 16-bit floats of IEEE 754: 1 sign, 5 exponent and 10 fraction bits. */
import { currentEngine } from '../ops/define-op.js';
import type { ParameterEngine } from './parameter-store.js';

/** Number of values that TypeScript rounds wherever the engine's rounding stops, before the engine continues. */
const PLAIN_NUMBERS = 256;

const number = new Float32Array(1);
const numberBits = new Int32Array(number.buffer);
let decoded: Float32Array | undefined;

/**
 * Rounds to the nearest 16-bit floats, ties to even.
 *
 * @param into - Receives the bits; it may be the first half of the values' own memory.
 * @throws RangeError for a number from 65520 on, which would become infinite, or if `into` is too short.
 */
export function encodeFloat16(values: Float32Array, into: Uint16Array): void {
  if (into.length < values.length) {
    throw new RangeError(`into: expected room for ${values.length} numbers, got ${into.length}`);
  }
  const engine: ParameterEngine | undefined = currentEngine();
  const round = engine?.roundToFloat16;
  if (!round) {
    roundPlainly(values, into);
    return;
  }
  for (let at = 0; at < values.length; at += PLAIN_NUMBERS) {
    at += round(values.subarray(at), into.subarray(at));
    roundPlainly(values.subarray(at, at + PLAIN_NUMBERS), into.subarray(at));
  }
}

function roundPlainly(values: Float32Array, into: Uint16Array): void {
  const bits = new Int32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < bits.length; i++) into[i] = float16Bits(bits[i]);
}

/**
 * Bits of the 32-bit float 2^-14, the smallest number with full precision in 16 bits. `TOO_LARGE` has the bits of
 * 65520, which would become infinite.
 */
const SMALLEST = 0x38800000;
const TOO_LARGE = 0x477ff000;

/** Converts the bits of a 32-bit float to the bits of a 16-bit float. */
function float16Bits(bits: number): number {
  const magnitude = bits & 0x7fffffff;
  // A single comparison accepts most numbers: below SMALLEST the difference wraps around.
  if ((magnitude - SMALLEST) >>> 0 >= TOO_LARGE - SMALLEST) return unusualFloat16Bits(bits);
  const tie = (magnitude >>> 13) & 1; // rounds a half up only if the result is even
  return ((bits >>> 16) & 0x8000) | ((magnitude - (112 << 23) + 0xfff + tie) >>> 13);
}

function unusualFloat16Bits(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00; // NaN
  if (magnitude === 0x7f800000) return sign | 0x7c00; // infinity
  if (magnitude >= TOO_LARGE) {
    numberBits[0] = bits;
    throw new RangeError(`expected numbers of at most 65504 for f16, got ${number[0]}`);
  }
  // Below 2^-14, 16-bit floats are multiples of 2^-24, as are 32-bit floats from 0.5 to 1, so the addition
  // rounds correctly.
  numberBits[0] = magnitude;
  number[0] += 0.5;
  return sign | (numberBits[0] - 0x3f000000);
}

/** Returns the value of every 16-bit float, indexed by its bits. */
export function float16Values(): Float32Array {
  decoded ??= Float32Array.from({ length: 2 ** 16 }, (_, i) => float16Value(i));
  return decoded;
}

function float16Value(half: number): number {
  const sign = half >= 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
