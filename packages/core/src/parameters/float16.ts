/** The 16-bit floats of IEEE 754: 1 sign, 5 exponent and 10 fraction bits. */

const single = new Float32Array(1);
const bits = new Uint32Array(single.buffer);
let decoded: Float32Array | undefined;

/**
 * Rounds to the nearest 16-bit float, ties to even; from 65520 on that is infinity.
 *
 * @returns its bits.
 */
export function float16Bits(value: number): number {
  single[0] = value;
  const sign = (bits[0] >>> 16) & 0x8000;
  const magnitude = bits[0] & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00; // NaN
  if (magnitude >= 0x477ff000) return sign | 0x7c00; // 65520 and above
  if (magnitude < 0x38800000) {
    // Below 2^-14, 16-bit floats are multiples of 2^-24, as are 32-bit floats from 0.5 to 1: the
    // addition rounds as wanted.
    single[0] = Math.abs(value) + 0.5;
    return sign | (bits[0] - 0x3f000000);
  }
  const tie = (magnitude >>> 13) & 1; // rounds up from a half only when that makes it even
  return sign | ((magnitude - (112 << 23) + 0xfff + tie) >>> 13);
}

/** @returns the value of every 16-bit float, by its bits. */
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
