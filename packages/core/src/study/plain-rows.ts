/** Rows of numbers as JSON: six significant digits, `null` where attention is masked. */
export function plainRows(rows: readonly Float32Array[]): (number | null)[][] {
  return rows.map((row) =>
    Array.from(row, (value) => (value === -Infinity ? null : Number(value.toPrecision(6)))),
  );
}
