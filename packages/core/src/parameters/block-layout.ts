import type { MatrixShape } from './matrix.js';

/** Kinds of matrices that lie in blocks. */
export type BlockKind = 'q4' | 'q8';

/** Inputs of an output that share a scale: a group, as in GGML. */
export const BLOCK_INPUTS = 32;
/** Outputs of a block, so that one vector has a lane for each. */
export const BLOCK_OUTPUTS = 16;

/** What a block of each kind holds, and what GGML holds of a group. */
export interface BlockFormat {
  /** 16-bit floats before the numbers of a group: a scale, or a scale and a minimum. */
  readonly halves: 1 | 2;
  /** 32-bit words of the numbers of a group. */
  readonly words: 4 | 8;
}

/**
 * A block of 16 outputs by 32 inputs: the 16 scales, the 16 minimums of `q4`, then word 0 of each output, word
 * 1 of each, and so on. Scales are 16-bit floats, all is little-endian.
 *
 * - `q4`: number = scale * q + minimum, q from 0 to 15. Byte i of a group (byte i % 4 of word i / 4) has input
 *   i in its lower half and input i + 16 in its upper half: GGML's Q4_1.
 * - `q8`: number = scale * q, q from -127 to 127, one byte an input: GGML's Q8_0.
 */
export const BLOCK_FORMATS: Readonly<Record<BlockKind, BlockFormat>> = {
  q4: { halves: 2, words: 4 },
  q8: { halves: 1, words: 8 },
};

/** Whether a matrix of some kind lies in blocks. */
export function isBlockKind(kind: string): kind is BlockKind {
  return Object.hasOwn(BLOCK_FORMATS, kind);
}

/** Bytes of a group as GGML has it: Q4_1 or Q8_0. */
export function groupBytes(kind: BlockKind): number {
  const { halves, words } = BLOCK_FORMATS[kind];
  return 2 * halves + 4 * words;
}

/** Bytes of a block: 320 of `q4`, 544 of `q8`. */
export function blockBytes(kind: BlockKind): number {
  return BLOCK_OUTPUTS * groupBytes(kind);
}

/** The blocks of a matrix: `[panels of outputs, groups of inputs, bytes]`. */
export function blockShape(
  kind: BlockKind,
  { rows, width, inputs }: MatrixShape,
): readonly [panels: number, groups: number, bytes: number] {
  const [ins, outs] = inputs === 'rows' ? [rows, width] : [width, rows];
  return [Math.ceil(outs / BLOCK_OUTPUTS), Math.ceil(ins / BLOCK_INPUTS), blockBytes(kind)];
}
