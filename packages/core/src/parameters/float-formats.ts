import { encodeFloat16, float16Values } from './float16.js';
import { rowFormat } from './row-format.js';
import type { WeightFormat } from './weight-format.js';

/** 32-bit floats, the only format that is trained. */
export const F32: WeightFormat = rowFormat({
  name: 'f32',
  hasFloat16: false,
  matrix: ({ rows, width }) => {
    const values = new Float32Array(rows * width);
    return {
      stored: { layout: F32, array: values },
      writeRows: (firstRow, written) => values.set(written, firstRow * width),
      readRows: (firstRow, count) => values.slice(firstRow * width, (firstRow + count) * width),
    };
  },
  file: { dtype: 'F32', shape: ({ shape }) => shape },
});

/** 16-bit floats, rounded to nearest, ties to even. */
export const F16: WeightFormat = rowFormat({
  name: 'f16',
  hasFloat16: true,
  matrix: ({ rows, width }) => {
    const bits = new Uint16Array(rows * width);
    return {
      stored: { layout: F16, array: bits },
      writeRows: (firstRow, values) => encodeFloat16(values, bits.subarray(firstRow * width)),
      readRows: (firstRow, count) => {
        const decoded = float16Values();
        const values = new Float32Array(count * width);
        const first = firstRow * width;
        for (let i = 0; i < values.length; i++) values[i] = decoded[bits[first + i]];
        return values;
      },
    };
  },
  file: { dtype: 'F16', shape: ({ shape }) => shape },
});
