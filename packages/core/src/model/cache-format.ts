import type { LayerAttention } from '../attention/attention-kind.js';
import { encodeFloat16, float16Values } from '../parameters/float16.js';
import type { FormatName } from '../parameters/weight-format.js';

/** Names of the formats of keys and values in a cache, from wide to narrow. */
export const CACHE_FORMAT_NAMES = ['f32', 'f16', 'int8'] as const;

export type CacheFormatName = (typeof CACHE_FORMAT_NAMES)[number];

/** Rows of keys or of values of one sequence, as they are stored. */
export type CacheArray = Float32Array | Uint16Array | Int8Array;

/**
 * A number format of the keys and values in a cache. A row has K heads of D numbers. Each head is rounded
 * independently of the others, so that threads can write different heads of a row. Rounding stored numbers again does
 * not change them.
 */
export interface CacheFormat {
  readonly name: CacheFormatName;
  /** Returns the number of array entries in which a head of `headDim` numbers is stored. */
  headLength(headDim: number): number;
  /** Makes an array of zeros. */
  array(length: number): CacheArray;
  /** Returns stored heads as 32-bit floats; the array itself if it stores floats. */
  decode(stored: CacheArray, headDim: number): Float32Array;
  /**
   * Rounds heads and stores them.
   *
   * @param at - Index in the array of the first head.
   */
  encode(values: Float32Array, headDim: number, stored: CacheArray, at: number): void;
}

const F32: CacheFormat = {
  name: 'f32',
  headLength: (headDim) => headDim,
  array: (length) => new Float32Array(length),
  decode: (stored: Float32Array) => stored,
  encode: (values, _, stored: Float32Array, at) => stored.set(values, at),
};

/** Largest 16-bit float. */
const MAX_FLOAT16 = 65504;

/** 16-bit floats. Larger numbers become the largest 16-bit float; infinity becomes NaN. */
const F16: CacheFormat = {
  name: 'f16',
  headLength: (headDim) => headDim,
  array: (length) => new Uint16Array(length),
  decode: (stored: Uint16Array) => {
    const decoded = float16Values();
    const values = new Float32Array(stored.length);
    for (let i = 0; i < values.length; i++) values[i] = decoded[stored[i]];
    return values;
  },
  encode: (values, _, stored: Uint16Array, at) => {
    const bounded = values.map((value) =>
      Number.isFinite(value) ? Math.max(-MAX_FLOAT16, Math.min(MAX_FLOAT16, value)) : NaN,
    );
    encodeFloat16(bounded, stored.subarray(at));
  },
};

/** Bytes of the scale of a head, which follows its integers. */
const SCALE_BYTES = 4;
/**
 * If all numbers of a head are smaller than this in magnitude, they are stored as zeros, because the inverse of the
 * head's scale could be infinite.
 */
const SMALLEST_INT8 = 1e-30;
/** Number that rounds a small 32-bit float to an integer, ties to even, if it is added and then subtracted. */
const ROUNDING = 12582912; // 1.5 * 2^23

/**
 * 8-bit integers with a scale for each head. The largest number of a head becomes 127 or -127. If a number is not
 * finite, all of its head become NaN.
 */
const INT8: CacheFormat = {
  name: 'int8',
  headLength: (headDim) => headDim + SCALE_BYTES,
  array: (length) => new Int8Array(length),
  decode: (stored: Int8Array, headDim) => {
    const length = headDim + SCALE_BYTES;
    const heads = stored.length / length;
    const scales = new DataView(stored.buffer, stored.byteOffset);
    const values = new Float32Array(heads * headDim);
    for (let head = 0; head < heads; head++) {
      const scale = scales.getFloat32(head * length + headDim, true);
      for (let i = 0; i < headDim; i++) {
        values[head * headDim + i] = scale * stored[head * length + i];
      }
    }
    return values;
  },
  encode: (values, headDim, stored: Int8Array, at) => {
    const scales = new DataView(stored.buffer, stored.byteOffset);
    for (let start = 0; start < values.length; start += headDim, at += headDim + SCALE_BYTES) {
      const head = values.subarray(start, start + headDim);
      const scale = int8Scale(head);
      const inverse = scale === 0 ? 0 : Math.fround(1 / scale);
      for (let i = 0; i < headDim; i++) {
        const scaled = Math.fround(head[i] * inverse);
        stored[at + i] = Math.fround(scaled + ROUNDING) - ROUNDING;
      }
      scales.setFloat32(at + headDim, scale, true);
    }
  },
};

const scaleNumber = new Float32Array(1);
const scaleBits = new Int32Array(scaleNumber.buffer);

/**
 * Returns the scale of a head. It has 16 significant bits, so that multiples up to 127 are exact, and rounding them
 * again gives the same scale.
 */
function int8Scale(head: Float32Array): number {
  let largest = 0;
  let odd = 0; // NaN if a number is not finite
  for (const value of head) {
    largest = Math.max(largest, Math.abs(value));
    odd += value - value;
  }
  if (largest < SMALLEST_INT8) return 0;
  scaleNumber[0] = largest / 127;
  scaleBits[0] = (scaleBits[0] + 0x80) & ~0xff;
  return scaleNumber[0] + odd;
}

/** All formats of a cache, by name. */
export const CACHE_FORMATS: Readonly<Record<CacheFormatName, CacheFormat>> = {
  f32: F32,
  f16: F16,
  int8: INT8,
};

/**
 * Returns the format of the cache of a model. By default it is f16 if the weights have at most 16 bits, else f32. A
 * model with compressed attention in any layer supports only f32.
 *
 * @param weights - The narrowest format of the model's weights.
 * @throws RangeError if `wanted` is another format than f32 for a model with compressed attention.
 */
export function cacheFormatFor(
  layers: readonly { readonly attention: Pick<LayerAttention, 'memoryRowsAt'> }[],
  weights: FormatName,
  wanted?: CacheFormatName,
): CacheFormat {
  const compresses = layers.some(({ attention }) => attention.memoryRowsAt(0) > 0);
  if (compresses && wanted !== undefined && wanted !== 'f32') {
    throw new RangeError(`kvCache: expected f32 with compressed attention, got ${wanted}`);
  }
  return CACHE_FORMATS[wanted ?? (weights === 'f32' || compresses ? 'f32' : 'f16')];
}
