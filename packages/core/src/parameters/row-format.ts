import type {
  MatrixLayout,
  MatrixShape,
  RowFormatName,
  StoredNumbers,
  WeightFormat,
  WeightMatrix,
} from './weight-format.js';

/** Number of columns (outputs) in a panel. */
const PANEL_OUTPUTS = 32;

/** Definition of a format that stores numbers by rows. */
interface RowFormat extends Pick<WeightFormat, 'hasFloat16' | 'withInt8' | 'file'> {
  readonly name: RowFormatName;
  /** Makes a matrix of zeros, stored by rows. */
  readonly matrix: (shape: MatrixShape) => WeightMatrix;
}

/** Makes a format that stores numbers by rows, or in panels for engines that decode from panels. */
export function rowFormat(format: RowFormat): WeightFormat {
  return {
    ...format,
    isChoice: true,
    formatOf: ({ shape }) => (shape.length < 2 ? 'f32' : format.name),
    lengthOf: ({ rows, width }) => rows * width,
    panels: panelLayout(format),
  };
}

/**
 * Layout of `[in, out]` in panels of 32 outputs: `[panels, in, 32]`, the last one padded with zeros. A product keeps
 * the sums of a panel in registers, and reads its memory sequentially. Scales are `[groups, in]`.
 */
function panelLayout(format: RowFormat): MatrixLayout {
  const lengthOf = ({ rows, width }: MatrixShape): number =>
    Math.ceil(width / PANEL_OUTPUTS) * PANEL_OUTPUTS * rows;
  const layout: MatrixLayout = {
    name: `${format.name}Panels`,
    lengthOf,
    matrix: (shape) => {
      const { array, scales } = format.matrix({ ...shape, rows: 1 }).stored;
      const Numbers = array.constructor as new (length: number) => typeof array; // same type
      const stored: StoredNumbers = {
        layout,
        array: new Numbers(lengthOf(shape)),
        ...(scales && { scales: new Float32Array(scales.length * shape.rows) }),
      };
      const rowsOf = (rows: number): WeightMatrix => format.matrix({ ...shape, rows });
      return {
        stored,
        writeRows: (firstRow, values) => {
          const part = rowsOf(values.length / shape.width);
          part.writeRows(0, values);
          putRows(part.stored, stored, shape, firstRow);
        },
        readRows: (firstRow, count) => {
          const part = rowsOf(count);
          takeRows(stored, part.stored, shape, firstRow);
          return part.readRows(0, count);
        },
      };
    },
  };
  return layout;
}

/** Copies consecutive rows of a matrix, from row `firstRow` on, to their positions in the panels of the matrix. */
export function putRows(
  { array: rows, scales }: StoredNumbers,
  panels: StoredNumbers,
  shape: MatrixShape,
  firstRow: number,
): void {
  const { array: entries } = panels;
  forStretches(shape, firstRow, rows.length / shape.width, (place, start, end) => {
    for (let i = start; i < end; i++) entries[place++] = rows[i];
  });
  if (!scales || !panels.scales) return;
  const groups = panels.scales.length / shape.rows;
  for (let i = 0; i < scales.length; i++) {
    panels.scales[scalePlace(i, groups, shape, firstRow)] = scales[i];
  }
}

function takeRows(
  panels: StoredNumbers,
  { array: rows, scales }: StoredNumbers,
  shape: MatrixShape,
  firstRow: number,
): void {
  const { array: entries } = panels;
  forStretches(shape, firstRow, rows.length / shape.width, (place, start, end) => {
    for (let i = start; i < end; i++) rows[i] = entries[place++];
  });
  if (!scales || !panels.scales) return;
  const groups = panels.scales.length / shape.rows;
  for (let i = 0; i < scales.length; i++) {
    scales[i] = panels.scales[scalePlace(i, groups, shape, firstRow)];
  }
}

/**
 * Returns the index of a scale among the scales of a matrix in panels. `i` is the index of the scale in an array with
 * `groups` scales for each row from `firstRow` on.
 */
function scalePlace(i: number, groups: number, { rows }: MatrixShape, firstRow: number): number {
  return (i % groups) * rows + firstRow + Math.floor(i / groups);
}

/**
 * Calls a function for each contiguous range of a row that lies in one panel.
 *
 * @param use - Receives the range's index in the panels (`place`), and its start and end in the given rows.
 */
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
