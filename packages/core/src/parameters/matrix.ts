import type { StoredNumbers } from './stored-numbers.js';

/** A matrix that is written row by row, and may be quantized. */
export interface NarrowMatrix<Stored extends StoredNumbers = StoredNumbers> {
  readonly stored: Stored;
  /**
   * Stores rows, rounded to the format of the matrix.
   *
   * @throws RangeError when a number cannot be kept.
   */
  writeRows(firstRow: number, values: Float32Array): void;
  /** Returns the values of the matrix, dequantized if they are quantized. */
  read(): Float32Array;
}

/** The size of a matrix, and the axis along which products sum. */
export interface MatrixShape {
  readonly rows: number;
  readonly width: number;
  /** Whether an input of the product is a row, as in `[in, out]`, or a column, as in a table of tokens. */
  readonly inputs: 'rows' | 'columns';
}
