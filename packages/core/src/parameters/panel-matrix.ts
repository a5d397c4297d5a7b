import type { MatrixShape, NarrowMatrix } from './matrix.js';
import type { StoredNumbers } from './stored-numbers.js';

/** Kinds of matrices that lie in panels. */
export type PanelKind = 'f32Panels' | 'f16Panels' | 'int8Panels';
/** A matrix in panels. */
export type PanelNumbers = Extract<StoredNumbers, { readonly kind: PanelKind }>;
/** Numbers that lie by rows. */
export type RowNumbers = Extract<StoredNumbers, { readonly kind: 'f32' | 'f16' | 'int8' }>;
type Entries = Float32Array | Uint16Array | Int8Array;

/** Outputs of a panel. */
const PANEL_OUTPUTS = 32;

/** Numbers of a matrix in panels: its last panel is filled up with zeros. */
export function panelNumbers({ rows, width }: MatrixShape): number {
  return Math.ceil(width / PANEL_OUTPUTS) * PANEL_OUTPUTS * rows;
}

/**
 * Makes a matrix of zeros, `[in, out]`, in panels of 32 outputs: `[panels, in, 32]`. A product that reads it keeps
 * the sums of a panel in registers, and reads memory in one run. Scales are `[groups, in]`.
 *
 * @param byRows - Makes a matrix of the same numbers by rows.
 */
export function panelMatrix(
  shape: MatrixShape,
  byRows: (shape: MatrixShape) => NarrowMatrix<RowNumbers>,
): NarrowMatrix<PanelNumbers> {
  const stored = emptyPanels(shape, byRows({ ...shape, rows: 1 }).stored);
  return {
    stored,
    writeRows: (firstRow, values) => {
      const part = byRows({ ...shape, rows: values.length / shape.width });
      part.writeRows(0, values);
      putRows(part.stored, stored, shape, firstRow);
    },
    read: () => {
      const whole = byRows(shape);
      takeRows(stored, whole.stored, shape);
      return whole.read();
    },
  };
}

/** Zeros, as many and of the kind of a row. */
function emptyPanels(shape: MatrixShape, row: RowNumbers): PanelNumbers {
  const count = panelNumbers(shape);
  switch (row.kind) {
    case 'f32':
      return { kind: 'f32Panels', values: new Float32Array(count) };
    case 'f16':
      return { kind: 'f16Panels', bits: new Uint16Array(count) };
    case 'int8': {
      const scales = new Float32Array(row.scales.length * shape.rows);
      return { kind: 'int8Panels', values: new Int8Array(count), scales };
    }
  }
}

/** Puts rows of a matrix of this shape where they lie in its panels. */
export function putRows(
  from: RowNumbers,
  panels: PanelNumbers,
  shape: MatrixShape,
  firstRow = 0,
): void {
  const [rows, entries] = [entriesOf(from), entriesOf(panels)];
  forStretches(shape, firstRow, rows.length / shape.width, (place, start, end) => {
    for (let i = start; i < end; i++) entries[place++] = rows[i];
  });
  if (from.kind !== 'int8' || panels.kind !== 'int8Panels') return;
  const count = rows.length / shape.width;
  const groups = from.scales.length / count;
  for (let i = 0; i < from.scales.length; i++) {
    panels.scales[(i % groups) * shape.rows + firstRow + Math.floor(i / groups)] = from.scales[i];
  }
}

function takeRows(panels: PanelNumbers, into: RowNumbers, shape: MatrixShape): void {
  const [rows, entries] = [entriesOf(into), entriesOf(panels)];
  forStretches(shape, 0, shape.rows, (place, start, end) => {
    for (let i = start; i < end; i++) rows[i] = entries[place++];
  });
  if (into.kind !== 'int8' || panels.kind !== 'int8Panels') return;
  const groups = into.scales.length / shape.rows;
  for (let i = 0; i < into.scales.length; i++) {
    into.scales[i] = panels.scales[(i % groups) * shape.rows + Math.floor(i / groups)];
  }
}

function entriesOf(numbers: RowNumbers | PanelNumbers): Entries {
  return 'bits' in numbers ? numbers.bits : numbers.values;
}

/** Calls with each stretch of rows that lies in one panel: its place there, and where it is among these rows. */
function forStretches(
  { rows, width }: MatrixShape,
  firstRow: number,
  count: number,
  use: (place: number, start: number, end: number) => void,
): void {
  for (let row = 0; row < count; row++) {
    let place = (firstRow + row) * PANEL_OUTPUTS;
    for (let first = 0; first < width; first += PANEL_OUTPUTS, place += rows * PANEL_OUTPUTS) {
      const start = row * width;
      use(place, start + first, start + Math.min(first + PANEL_OUTPUTS, width));
    }
  }
}
