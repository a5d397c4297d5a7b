import { rowFormat } from './row-format.js';
import type { WeightFormat, WeightMatrix } from './weight-format.js';

/** Entries of a row, from its beginning, that share a scale; the last of a row may be fewer. */
const GROUP = 64;

interface Group {
  /** Place of the scale. */
  readonly group: number;
  /** Places of its entries. */
  readonly start: number;
  readonly end: number;
}

/**
 * Rows of 8-bit integers with a scale for every 64: the largest number of each group becomes 127; the others round
 * to the nearest step. Entry = integer * scale; scales are `[rows, groups]`.
 */
export const INT8: WeightFormat = rowFormat({
  name: 'int8',
  hasFloat16: false,
  withInt8: 'q8',
  matrix: ({ rows, width }) => int8Matrix(rows, width),
  file: {
    dtype: 'I8',
    shape: ({ shape }) => shape,
    scales: ([rows, width]) => [rows, Math.ceil(width / GROUP)],
  },
});

function int8Matrix(rows: number, width: number): WeightMatrix {
  const groups = Math.ceil(width / GROUP);
  const kept = new Int8Array(rows * width);
  const scales = new Float32Array(rows * groups);
  function* groupsOf(firstRow: number, count: number): Generator<Group> {
    for (let group = firstRow * groups; group < (firstRow + count) * groups; group++) {
      const row = Math.floor(group / groups);
      const start = row * width + (group % groups) * GROUP;
      yield { group, start, end: Math.min(start + GROUP, (row + 1) * width) };
    }
  }
  return {
    stored: { layout: INT8, array: kept, scales },
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
    readRows: (firstRow, count) => {
      const values = new Float32Array(count * width);
      const offset = firstRow * width;
      for (const { group, start, end } of groupsOf(firstRow, count)) {
        for (let i = start; i < end; i++) values[i - offset] = kept[i] * scales[group];
      }
      return values;
    },
  };
}
