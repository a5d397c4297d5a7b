import type { NarrowMatrix } from './matrix.js';
import type { StoredNumbers } from './stored-numbers.js';

/** Entries of a row, from its beginning, that share a scale; the last of a row may be fewer. */
export const INT8_GROUP = 64;

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
