import { encodeFloat16, float16Values } from './float16.js';
import type { MatrixShape, NarrowMatrix } from './matrix.js';

/** Kinds of matrices that lie in panels. */
export type PanelKind = 'f32Panels' | 'f16Panels';

/** Outputs of a panel. */
const PANEL_OUTPUTS = 32;

/** Numbers of a matrix in panels: its last panel is filled up with zeros. */
export function panelNumbers({ rows, width }: MatrixShape): number {
  return Math.ceil(width / PANEL_OUTPUTS) * PANEL_OUTPUTS * rows;
}

/**
 * Makes a matrix of zeros, `[in, out]`, in panels of 32 outputs: `[panels, in, 32]`. A product that reads it keeps
 * the sums of a panel in registers, and reads memory in one run.
 */
export function panelMatrix(kind: PanelKind, shape: MatrixShape): NarrowMatrix {
  return kind === 'f32Panels' ? widePanels(shape) : halfPanels(shape);
}

function widePanels(shape: MatrixShape): NarrowMatrix {
  const values = new Float32Array(panelNumbers(shape));
  return {
    stored: { kind: 'f32Panels', values },
    writeRows: (firstRow, given) => toPanels(given, values, shape, firstRow),
    read: () => fromPanels(values, new Float32Array(shape.rows * shape.width), shape),
  };
}

/** Rounds to nearest, ties to even. */
function halfPanels(shape: MatrixShape): NarrowMatrix {
  const bits = new Uint16Array(panelNumbers(shape));
  return {
    stored: { kind: 'f16Panels', bits },
    writeRows: (firstRow, given) => {
      const rounded = new Uint16Array(given.length);
      encodeFloat16(given, rounded);
      toPanels(rounded, bits, shape, firstRow);
    },
    read: () => {
      const decoded = float16Values();
      const halves = fromPanels(bits, new Uint16Array(shape.rows * shape.width), shape);
      return Float32Array.from(halves, (half) => decoded[half]);
    },
  };
}

/** Puts rows where they lie in panels. */
function toPanels<T extends Float32Array | Uint16Array>(
  from: T,
  panels: T,
  { rows, width }: MatrixShape,
  firstRow: number,
): void {
  for (let i = 0, row = firstRow; i < from.length; row++) {
    const end = i + width;
    for (let panel = 0; i < end; panel++) {
      let place = (panel * rows + row) * PANEL_OUTPUTS;
      for (const stop = Math.min(i + PANEL_OUTPUTS, end); i < stop; i++) panels[place++] = from[i];
    }
  }
}

/** Returns the array that it puts all rows in. */
function fromPanels<T extends Float32Array | Uint16Array>(
  panels: T,
  into: T,
  { rows, width }: MatrixShape,
): T {
  for (let i = 0, row = 0; i < into.length; row++) {
    const end = i + width;
    for (let panel = 0; i < end; panel++) {
      let place = (panel * rows + row) * PANEL_OUTPUTS;
      for (const stop = Math.min(i + PANEL_OUTPUTS, end); i < stop; i++) into[i] = panels[place++];
    }
  }
  return into;
}
