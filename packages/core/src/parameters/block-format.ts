import {
  BLOCK_OUTPUTS,
  findNonFinite,
  GROUP_INPUTS,
  groupBytes,
  type GroupForm,
} from './block-layout.js';
import { BlockMatrix } from './block-matrix.js';
import { sizeOf } from './parameter.js';
import { inputsOf, type MatrixShape, matrixShape, type WeightFormat } from './weight-format.js';

/**
 * A format in blocks of 16 outputs by 32 inputs. All blocks of a panel of outputs precede the blocks of the next
 * panel. Numbers are rounded to the nearest step in the range of their group.
 */
export interface BlockFormat extends WeightFormat {
  /**
   * Makes a matrix of zeros. If inputs are rows, a group is rounded again when more of its rows are written, so that
   * rows must come in their order.
   */
  matrix(shape: MatrixShape): BlockMatrix;
  /** Functions from a piece of a GGUF tensor to groups, by the types that the format keeps bit for bit. */
  readonly ggml: Readonly<Record<string, (piece: Uint8Array) => Uint8Array>>;
}

/** Makes a format in blocks. */
export function blockFormat(
  own: Pick<BlockFormat, 'name' | 'isChoice' | 'ggml'>,
  form: GroupForm,
): BlockFormat {
  const bytes = BLOCK_OUTPUTS * groupBytes(form);
  const blocksOf = ({ rows, width, inputs }: MatrixShape): [number, number, number] => {
    const [ins, outs] = inputs === 'rows' ? [rows, width] : [width, rows];
    return [Math.ceil(outs / BLOCK_OUTPUTS), Math.ceil(ins / GROUP_INPUTS), bytes];
  };
  const format: BlockFormat = {
    ...own,
    hasFloat16: true,
    withInt8: own.name,
    formatOf: (spec) => {
      if (spec.shape.length < 2) return 'f32';
      return inputsOf(spec) === undefined ? 'f16' : own.name; // blocks are read along the inputs of a product
    },
    lengthOf: (shape) => sizeOf(blocksOf(shape)),
    matrix: (shape) => {
      const array = new Uint8Array(sizeOf(blocksOf(shape)));
      return new BlockMatrix({ layout: format, array }, form, shape);
    },
    file: {
      dtype: 'U8',
      shape: (spec) => blocksOf(matrixShape(spec)),
      blocks: { bytes, findNonFinite: (piece, before) => findNonFinite(piece, before, form) },
    },
  };
  return format;
}
