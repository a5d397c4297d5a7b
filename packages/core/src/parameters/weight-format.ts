import { type ParameterSpec, sizeOf } from './parameter.js';

/** Names of the formats that store numbers by rows. */
export type RowFormatName = 'f32' | 'f16' | 'int8';
/** Names of the formats of weights, in options, reports and native code. */
export type FormatName = RowFormatName | 'q8' | 'q4';
/**
 * Names of the layouts of matrices in memory: all formats by rows or blocks, and panels (`panelLayout`), which do not
 * exist in files.
 */
export type LayoutName = FormatName | `${RowFormatName}Panels`;

/** The size of a matrix, and the axis along which products sum. */
export interface MatrixShape {
  readonly rows: number;
  readonly width: number;
  /**
   * Axis along which products sum: `rows` for a linear layer, which is stored as `[in, out]`, `columns` for a table
   * with one row per token.
   */
  readonly inputs: 'rows' | 'columns';
}

/** The numbers of a matrix in memory. */
export interface StoredNumbers {
  readonly layout: MatrixLayout;
  /** The numbers: 32-bit floats, the bits of 16-bit floats, integers, or the bytes of blocks. */
  readonly array: Float32Array | Uint16Array | Int8Array | Uint8Array;
  /** Scales of the groups of integers, if they are not in blocks. */
  readonly scales?: Float32Array;
  /** Size of the matrix; absent for the parameters of a model that is trained, which are floats. */
  readonly shape?: MatrixShape;
}

/**
 * Returns the stored numbers of a parameter, not copied.
 *
 * @throws TypeError for a store without stored numbers.
 */
export function storedIn(
  store: { stored?(name: string): StoredNumbers },
  name: string,
): StoredNumbers {
  if (store.stored) return store.stored(name);
  throw new TypeError(`${name}: its store has no stored numbers`);
}

/** A matrix that is written row by row, and may be quantized. */
export interface WeightMatrix {
  readonly stored: StoredNumbers;
  /**
   * Stores rows, rounded to the format of the matrix.
   *
   * @throws RangeError for a number that the format cannot represent.
   */
  writeRows(firstRow: number, values: Float32Array): void;
  /** Returns the values of some rows, dequantized if they are quantized. */
  readRows(firstRow: number, count: number): Float32Array;
}

/** A layout of matrices in memory. */
export interface MatrixLayout {
  readonly name: LayoutName;
  /** Makes a matrix of zeros. */
  matrix(shape: MatrixShape): WeightMatrix;
  /** Returns the number of entries of the array (`StoredNumbers.array`) that stores a matrix. */
  lengthOf(shape: MatrixShape): number;
}

/** A format of weights, in memory and in files. */
export interface WeightFormat extends MatrixLayout {
  readonly name: FormatName;
  /** Whether users may choose the format. Others are only read from files or selected by `withInt8`. */
  readonly isChoice: boolean;
  /** Whether the numbers or their scales are 16-bit floats, which an engine rounds faster than JavaScript. */
  readonly hasFloat16: boolean;
  /** Format of the weights for products with 8-bit activations; absent if such products are not supported. */
  readonly withInt8?: FormatName;
  /** Returns the format of a parameter in a model of this format, such as f32 for gains and biases. */
  formatOf(spec: ParameterSpec): FormatName;
  /** Layout of the numbers in panels, which some engines read faster; absent for formats without panels. */
  readonly panels?: MatrixLayout;
  readonly file: FileForm;
}

/** The tensors of a matrix in a safetensors file: `NAME`, and `NAME.scales` if the format has them. */
export interface FileForm {
  readonly dtype: 'F32' | 'F16' | 'I8' | 'U8';
  /** Returns the shape of `NAME`. */
  shape(spec: ParameterSpec): readonly number[];
  /** Returns the shape of `NAME.scales`, of type F32, from the shape of `NAME`. */
  readonly scales?: (shape: readonly number[]) => readonly number[];
  /**
   * Blocks, if the tensor consists of them. A block contains several rows, so a matrix is made as a whole and
   * its blocks are copied unchanged. Without blocks, a matrix is read and written a few rows at a time.
   */
  readonly blocks?: BlockForm;
}

/** The block structure of a tensor, with a check of the blocks' scales. */
export interface BlockForm {
  /** Number of bytes of a block, the last axis of the tensor. */
  readonly bytes: number;
  /**
   * Finds a scale that is not finite in a piece of a tensor.
   *
   * @param bytesBefore - Number of bytes of the tensor before the piece.
   * @returns the offset of the scale in the tensor, in bytes; -1 if all scales are finite.
   */
  findNonFinite(piece: Uint8Array, bytesBefore: number): number;
}

/**
 * Returns the axis of a parameter along which products sum: the rows of a linear layer, the columns of a table of
 * tokens.
 *
 * @returns undefined for vectors, and for tables whose rows are only looked up.
 */
export function inputsOf({ name, shape, rows }: ParameterSpec): MatrixShape['inputs'] | undefined {
  if (shape.length !== 2 || rows === 'positions') return undefined;
  if (rows === 'tokens') return 'columns';
  return name.endsWith('.weight') && !name.endsWith('.distances.weight') ? 'rows' : undefined;
}

/** Returns a parameter's shape as a matrix; a vector is one row. */
export function matrixShape(spec: ParameterSpec): MatrixShape {
  const width = spec.shape[spec.shape.length - 1];
  return { rows: sizeOf(spec.shape) / width, width, inputs: inputsOf(spec) ?? 'rows' };
}
