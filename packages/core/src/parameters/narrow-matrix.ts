import { blockMatrix } from './block-matrix.js';
import { encodeFloat16, float16Values } from './float16.js';
import { int8Matrix } from './int8-matrix.js';
import type { MatrixShape, NarrowMatrix } from './matrix.js';
import {
  type PanelKind,
  panelMatrix,
  type PanelNumbers,
  putRows,
  type RowNumbers,
} from './panel-matrix.js';
import type { StoredNumbers } from './stored-numbers.js';

/** The widths that weights are kept in. */
export const WEIGHT_KINDS = ['f32', 'f16', 'int8', 'q4'] as const;

/** A format in which a model can be loaded; all but `f32` are for inference only. */
export type WeightKind = (typeof WEIGHT_KINDS)[number];
/** The formats of single matrices in files: `q8` is no choice, and is what some matrices of a q4 model have. */
export type StoredKind = Exclude<KeptKind, PanelKind>;
/** The formats of single matrices in memory. */
export type KeptKind = StoredNumbers['kind'];
/** The formats of quantized weights, which cannot be trained. */
export type NarrowKind = Exclude<StoredKind, 'f32'>;

/** How a matrix by rows is made of the numbers that each kind of panels has. */
const ROWS: Readonly<Record<PanelKind, (shape: MatrixShape) => NarrowMatrix<RowNumbers>>> = {
  f32Panels: plainMatrix,
  f16Panels: float16Matrix,
  int8Panels: byteMatrix,
};

/** How a matrix of each kind is made; the only table of them. */
const MATRICES: Readonly<Record<KeptKind, (shape: MatrixShape) => NarrowMatrix>> = {
  f32: plainMatrix,
  f16: float16Matrix,
  int8: byteMatrix,
  q8: (shape) => blockMatrix('q8', shape),
  q4: (shape) => blockMatrix('q4', shape),
  f32Panels: (shape) => panelMatrix(shape, ROWS.f32Panels),
  f16Panels: (shape) => panelMatrix(shape, ROWS.f16Panels),
  int8Panels: (shape) => panelMatrix(shape, ROWS.int8Panels),
};

/** A matrix of zeros. */
export function narrowMatrix(kind: KeptKind, shape: MatrixShape): NarrowMatrix {
  return MATRICES[kind](shape);
}

/** Whether a matrix lies in panels. */
export function isInPanels(stored: StoredNumbers): stored is PanelNumbers {
  return Object.hasOwn(ROWS, stored.kind);
}

/**
 * Fills a matrix in panels with the numbers of one by rows.
 *
 * @param read - Reads the numbers by rows, or returns false when it has none in this form; then nothing changes.
 */
export async function fillPanels(
  panels: PanelNumbers,
  shape: MatrixShape,
  read: (rows: RowNumbers) => Promise<boolean>,
): Promise<boolean> {
  const { stored } = ROWS[panels.kind](shape);
  if (!(await read(stored))) return false;
  putRows(stored, panels, shape);
  return true;
}

function byteMatrix({ rows, width }: MatrixShape): NarrowMatrix<RowNumbers> {
  return int8Matrix(rows, width);
}

function plainMatrix({ rows, width }: MatrixShape): NarrowMatrix<RowNumbers> {
  const kept = new Float32Array(rows * width);
  return {
    stored: { kind: 'f32', values: kept },
    writeRows: (firstRow, values) => kept.set(values, firstRow * width),
    read: () => kept.slice(),
  };
}

/** Rounds to nearest, ties to even. */
function float16Matrix({ rows, width }: MatrixShape): NarrowMatrix<RowNumbers> {
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
