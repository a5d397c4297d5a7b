import { encodeFloat16, float16Values } from '@ramble/core/weights';

import { bytesOf, FLOAT_CODECS } from '../../safetensors/float-codecs.js';

/** Storage format of a tensor type: blocks along the rows, each of `blockValues` values in `blockBytes` bytes. */
export interface TensorFormat {
  /** The type's number in the file. */
  readonly id: number;
  readonly blockValues: number;
  readonly blockBytes: number;
}

/** Tensor types that ramble can read. */
export const TENSOR_TYPES = {
  F32: { id: 0, blockValues: 1, blockBytes: 4 },
  F16: { id: 1, blockValues: 1, blockBytes: 2 },
  Q4_0: { id: 2, blockValues: 32, blockBytes: 18 },
  Q4_1: { id: 3, blockValues: 32, blockBytes: 20 },
  Q5_0: { id: 6, blockValues: 32, blockBytes: 22 },
  Q5_1: { id: 7, blockValues: 32, blockBytes: 24 },
  Q8_0: { id: 8, blockValues: 32, blockBytes: 34 },
  Q4_K: { id: 12, blockValues: 256, blockBytes: 144 },
  Q5_K: { id: 13, blockValues: 256, blockBytes: 176 },
  Q6_K: { id: 14, blockValues: 256, blockBytes: 210 },
  BF16: { id: 30, blockValues: 1, blockBytes: 2 },
} as const satisfies Record<string, TensorFormat>;

export type TensorType = keyof typeof TENSOR_TYPES;

/** Names of tensor types that ramble cannot read, for error messages. */
const OTHER_NAMES: Readonly<Record<number, string>> = {
  ...{ 9: 'Q8_1', 10: 'Q2_K', 11: 'Q3_K', 15: 'Q8_K', 16: 'IQ2_XXS', 17: 'IQ2_XS', 18: 'IQ3_XXS' },
  ...{ 19: 'IQ1_S', 20: 'IQ4_NL', 21: 'IQ3_S', 22: 'IQ2_S', 23: 'IQ4_XS', 24: 'I8', 25: 'I16' },
  ...{ 26: 'I32', 27: 'I64', 28: 'F64', 29: 'IQ1_M', 34: 'TQ1_0', 35: 'TQ2_0', 39: 'MXFP4' },
};

const BY_ID = new Map<number, TensorType>(
  Object.entries(TENSOR_TYPES).map(([name, { id }]) => [id, name as TensorType]), // its own keys
);

/**
 * Returns the tensor type that a GGUF file stores as the number `id`.
 *
 * @throws RangeError if ramble cannot read the type.
 */
export function tensorType(id: number): TensorType {
  const type = BY_ID.get(id);
  if (type !== undefined) return type;
  const known = [...BY_ID.values()].join(', ');
  throw new RangeError(`expected a type of ${known}, got ${OTHER_NAMES[id] ?? `number ${id}`}`);
}

/** Returns the size of a row in bytes; the width must be a whole number of blocks. */
export function rowBytes(type: TensorType, width: number): number {
  const { blockValues, blockBytes } = TENSOR_TYPES[type];
  return (width / blockValues) * blockBytes;
}

/** Decodes the block at offset `at` of the bytes, and writes its values to `values` from index `to` on. */
type BlockDecoder = (bytes: Uint8Array, at: number, values: Float32Array, to: number) => void;

/** Types with quantized blocks. The other types are floats. */
export type BlockType = Exclude<TensorType, 'F32' | 'F16' | 'BF16'>;

/** Whether a type stores quantized blocks. */
export function isBlockType(type: TensorType): type is BlockType {
  return Object.hasOwn(DECODERS, type);
}

/**
 * Dequantizes whole blocks to 32-bit floats, as ggml does.
 *
 * @param bytes - The file's bytes.
 * @param values - Output array, long enough for the numbers of all blocks.
 */
export function decodeBlocks(type: TensorType, bytes: Uint8Array, values: Float32Array): void {
  if (!isBlockType(type)) {
    values.set(FLOAT_CODECS[type].decode(bytes));
    return;
  }
  const { blockValues, blockBytes } = TENSOR_TYPES[type];
  const decode = DECODERS[type];
  for (let at = 0, to = 0; at < bytes.length; at += blockBytes, to += blockValues) {
    decode(bytes, at, values, to);
  }
}

const halves = float16Values();
const half = (bytes: Uint8Array, at: number): number => halves[bytes[at] | (bytes[at + 1] << 8)];

const DECODERS: Readonly<Record<BlockType, BlockDecoder>> = {
  // Values of 4 bits, the first 16 in the lower halves of 16 bytes, the others in the upper halves.
  Q4_0: (bytes, at, values, to) => {
    const scale = half(bytes, at);
    for (let i = 0; i < 16; i++) {
      const pair = bytes[at + 2 + i];
      values[to + i] = scale * ((pair & 15) - 8);
      values[to + 16 + i] = scale * ((pair >>> 4) - 8);
    }
  },
  Q4_1: (bytes, at, values, to) => {
    const [scale, min] = [half(bytes, at), half(bytes, at + 2)];
    for (let i = 0; i < 16; i++) {
      const pair = bytes[at + 4 + i];
      values[to + i] = scale * (pair & 15) + min;
      values[to + 16 + i] = scale * (pair >>> 4) + min;
    }
  },
  // The same with a fifth bit for each value, all in 4 bytes.
  Q5_0: (bytes, at, values, to) => {
    const scale = half(bytes, at);
    for (let i = 0; i < 32; i++) {
      values[to + i] = scale * (fiveBits(bytes, at + 2, at + 6, i) - 16);
    }
  },
  Q5_1: (bytes, at, values, to) => {
    const [scale, min] = [half(bytes, at), half(bytes, at + 2)];
    for (let i = 0; i < 32; i++) {
      values[to + i] = scale * fiveBits(bytes, at + 4, at + 8, i) + min;
    }
  },
  Q8_0: (bytes, at, values, to) => {
    const scale = half(bytes, at);
    for (let i = 0; i < 32; i++) values[to + i] = scale * signed(bytes[at + 2 + i]);
  },
  // Eight groups of 32, each with a 6-bit scale and a 6-bit minimum, which are multiplied by scales of the
  // block.
  Q4_K: (bytes, at, values, to) => {
    for (let group = 0; group < 8; group++) {
      const [scale, min] = groupScale(bytes, at, group);
      const from = at + 16 + 32 * (group >>> 1);
      const shift = 4 * (group & 1);
      for (let i = 0; i < 32; i++) {
        values[to + 32 * group + i] = scale * ((bytes[from + i] >>> shift) & 15) - min;
      }
    }
  },
  Q5_K: (bytes, at, values, to) => {
    for (let group = 0; group < 8; group++) {
      const [scale, min] = groupScale(bytes, at, group);
      const [high, low] = [at + 16, at + 48 + 32 * (group >>> 1)];
      const shift = 4 * (group & 1);
      for (let i = 0; i < 32; i++) {
        const fifth = (bytes[high + i] >>> group) & 1;
        const value = ((bytes[low + i] >>> shift) & 15) | (fifth << 4);
        values[to + 32 * group + i] = scale * value - min;
      }
    }
  },
  // Sixteen groups of 16, each with a scale of 8 bits; two halves of 128 values, each of four runs of 32.
  Q6_K: (bytes, at, values, to) => {
    const scale = half(bytes, at + 208);
    for (let run = 0; run < 8; run++) {
      const low = at + 64 * (run >>> 2) + 32 * (run & 1);
      const lowShift = run & 2 ? 4 : 0;
      const high = at + 128 + 32 * (run >>> 2);
      const highShift = 2 * (run & 3);
      for (let i = 0; i < 32; i++) {
        const upper = (bytes[high + i] >>> highShift) & 3;
        const value = ((bytes[low + i] >>> lowShift) & 15) | (upper << 4);
        const group = signed(bytes[at + 192 + 2 * run + (i >>> 4)]);
        values[to + 32 * run + i] = scale * group * (value - 32);
      }
    }
  },
};

function signed(byte: number): number {
  return (byte << 24) >> 24;
}

/** Returns value `i` of 32, which has five bits: the fifth bit is in the bytes at `high`, the lower four at `low`. */
function fiveBits(bytes: Uint8Array, high: number, low: number, i: number): number {
  const fifth = (bytes[high + (i >>> 3)] >>> (i & 7)) & 1;
  const pair = bytes[low + (i & 15)];
  return (i < 16 ? pair & 15 : pair >>> 4) | (fifth << 4);
}

/**
 * Returns the scale and minimum of a K-quant group. The first four groups' bytes contain the last four groups' upper
 * two bits.
 */
function groupScale(bytes: Uint8Array, at: number, group: number): [scale: number, min: number] {
  const packed = at + 4;
  const first = bytes[packed + (group & 3)];
  const second = bytes[packed + 4 + (group & 3)];
  const third = bytes[packed + 8 + (group & 3)];
  const [scale, min] =
    group < 4
      ? [first & 63, second & 63]
      : [(third & 15) | ((first >>> 6) << 4), (third >>> 4) | ((second >>> 6) << 4)];
  return [half(bytes, at) * scale, half(bytes, at + 2) * min];
}

/** Tensor types that ramble can write. */
export type WrittenType = 'F32' | 'F16' | 'Q8_0';

/**
 * Encodes values in a type, with ggml's rounding.
 *
 * @param values - Values of whole blocks.
 * @throws RangeError for a number that exceeds the range of F16 or of Q8_0's scale.
 */
export function encodeBlocks(type: WrittenType, values: Float32Array): Uint8Array {
  return type === 'Q8_0' ? encodeQ8(values) : FLOAT_CODECS[type].encode(values);
}

/** Encodes groups of 32 values in 8 bits, each group with a 16-bit scale. */
function encodeQ8(values: Float32Array): Uint8Array {
  const { blockValues, blockBytes } = TENSOR_TYPES.Q8_0;
  const bytes = new Uint8Array((values.length / blockValues) * blockBytes);
  const scales = new Float32Array(values.length / blockValues);
  for (let block = 0; block < scales.length; block++) {
    const from = block * blockValues;
    let largest = 0;
    for (let i = 0; i < blockValues; i++) {
      const size = Math.abs(values[from + i]);
      if (size > largest) largest = size;
    }
    const scale = Math.fround(largest / 127);
    const inverse = scale === 0 ? 0 : Math.fround(1 / scale);
    const to = block * blockBytes + 2;
    for (let i = 0; i < blockValues; i++) {
      const scaled = Math.fround(values[from + i] * inverse);
      // ggml rounds halves away from zero; Math.round rounds them up.
      bytes[to + i] = scaled < 0 ? -Math.floor(0.5 - scaled) : Math.floor(0.5 + scaled);
    }
    scales[block] = scale;
  }
  const halves = new Uint16Array(scales.length);
  encodeFloat16(scales, halves);
  const halfBytes = bytesOf(halves);
  for (let block = 0; block < scales.length; block++) {
    bytes[block * blockBytes] = halfBytes[2 * block];
    bytes[block * blockBytes + 1] = halfBytes[2 * block + 1];
  }
  return bytes;
}
