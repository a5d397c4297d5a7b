import { blockMatrix } from './block-matrix.js';
import { encodeFloat16, float16Values } from './float16.js';
import { int8Matrix } from './int8-matrix.js';
import type { MatrixShape, NarrowMatrix } from './matrix.js';
import { type PanelKind, panelMatrix } from './panel-matrix.js';
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

/** How a matrix of each kind is made; the only table of them. */
const MATRICES: Readonly<Record<KeptKind, (shape: MatrixShape) => NarrowMatrix>> = {
  f32: plainMatrix,
  f16: float16Matrix,
  int8: ({ rows, width }) => int8Matrix(rows, width),
  q8: (shape) => blockMatrix('q8', shape),
  q4: (shape) => blockMatrix('q4', shape),
  f32Panels: (shape) => panelMatrix('f32Panels', shape),
  f16Panels: (shape) => panelMatrix('f16Panels', shape),
};

/** A matrix of zeros. */
export function narrowMatrix(kind: KeptKind, shape: MatrixShape): NarrowMatrix {
  return MATRICES[kind](shape);
}

function plainMatrix({ rows, width }: MatrixShape): NarrowMatrix {
  const kept = new Float32Array(rows * width);
  return {
    stored: { kind: 'f32', values: kept },
    writeRows: (firstRow, values) => kept.set(values, firstRow * width),
    read: () => kept.slice(),
  };
}

/** Rounds to nearest, ties to even. */
function float16Matrix({ rows, width }: MatrixShape): NarrowMatrix {
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
