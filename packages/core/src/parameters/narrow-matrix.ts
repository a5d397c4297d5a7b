import { encodeFloat16, float16Values } from './float16.js';
import type { StoredNumbers } from './stored-numbers.js';

/** The widths that weights are kept in. */
export const WEIGHT_KINDS = ['f32', 'f16', 'int8'] as const;
export type WeightKind = (typeof WEIGHT_KINDS)[number];
/** The formats of quantized weights, which cannot be trained. */
export type NarrowKind = Exclude<WeightKind, 'f32'>;

/** Entries of a row, from its beginning, that share a scale; the last of a row may be fewer. */
export const INT8_GROUP = 64;

/** A matrix that is written row by row, and may be quantized. */
export interface NarrowMatrix<Stored extends StoredNumbers = StoredNumbers> {
  readonly stored: Stored;
  /**
   * Stores rows, rounded to the format of the matrix.
   *
   * @throws RangeError when a number cannot be kept.
   */
  writeRows(firstRow: number, values: Float32Array): void;
  /** Returns the values of the matrix, dequantized if they are quantized. */
  read(): Float32Array;
}

/** A matrix of zeros. */
export function narrowMatrix(kind: WeightKind, rows: number, width: number): NarrowMatrix {
  const make = { f32: plainMatrix, f16: float16Matrix, int8: int8Matrix }[kind];
  return make(rows, width);
}

function plainMatrix(rows: number, width: number): NarrowMatrix {
  const kept = new Float32Array(rows * width);
  return {
    stored: { kind: 'f32', values: kept },
    writeRows: (firstRow, values) => kept.set(values, firstRow * width),
    read: () => kept.slice(),
  };
}

/** Rounds to nearest, ties to even. */
function float16Matrix(rows: number, width: number): NarrowMatrix {
  const bits = new Uint16Array(rows * width);
  return {
    stored: { kind: 'f16', bits },
    writeRows: (firstRow, values) => encodeFloat16(values, bits.subarray(firstRow * width)),
    read: () => {
      const decoded = float16Values();
      const values = new Float32Array(bits.length);
      for (let i = 0; i < values.length; i++) values[i] = decoded[bits[i]];
      return values;
    },
  };
}

interface Group {
  /** Place of the scale. */
  readonly group: number;
  /** Places of its entries. */
  readonly start: number;
  readonly end: number;
}

/**
 * Makes a matrix of 8-bit integers: the largest number of each group becomes 127; the others round
 * to the nearest step.
 */
export function int8Matrix(
  rows: number,
  width: number,
): NarrowMatrix<Extract<StoredNumbers, { readonly kind: 'int8' }>> {
  const groups = Math.ceil(width / INT8_GROUP);
  const kept = new Int8Array(rows * width);
  const scales = new Float32Array(rows * groups);
  function* groupsOf(firstRow: number, count: number): Generator<Group> {
    for (let group = firstRow * groups; group < (firstRow + count) * groups; group++) {
      const row = Math.floor(group / groups);
      const start = row * width + (group % groups) * INT8_GROUP;
      yield { group, start, end: Math.min(start + INT8_GROUP, (row + 1) * width) };
    }
  }
  return {
    stored: { kind: 'int8', values: kept, scales },
    writeRows: (firstRow, values) => {
      const offset = firstRow * width;
      for (const { group, start, end } of groupsOf(firstRow, values.length / width)) {
        let largest = 0;
        for (let i = start; i < end; i++) {
          const value = values[i - offset];
          if (!Number.isFinite(value)) {
            throw new RangeError(`expected finite numbers for int8, got ${value}`);
          }
          largest = Math.max(largest, Math.abs(value));
        }
        scales[group] = largest / 127;
        const inverse = largest === 0 ? 0 : 127 / largest;
        // As Math.round, in a third of its time.
        for (let i = start; i < end; i++) kept[i] = Math.floor(values[i - offset] * inverse + 0.5);
      }
    },
    read: () => {
      const values = new Float32Array(kept.length);
      for (const { group, start, end } of groupsOf(0, rows)) {
        for (let i = start; i < end; i++) values[i] = kept[i] * scales[group];
      }
      return values;
    },
  };
}
