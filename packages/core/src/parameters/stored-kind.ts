import { isBlockKind } from './block-layout.js';
import type { StoredKind } from './narrow-matrix.js';
import type { MatrixShape } from './matrix.js';
import { type ParameterSpec, sizeOf } from './parameter.js';

/**
 * The axis of a parameter along which products sum: the rows of a linear layer, the columns of a table of
 * tokens.
 *
 * @returns undefined for vectors and for tables of which rows are only looked up.
 */
export function inputsOf({ name, shape, rows }: ParameterSpec): MatrixShape['inputs'] | undefined {
  if (shape.length !== 2 || rows === 'positions') return undefined;
  if (rows === 'tokens') return 'columns';
  return name.endsWith('.weight') && !name.endsWith('.distances.weight') ? 'rows' : undefined;
}

/** A parameter as a matrix; a vector is one row. */
export function matrixShape(spec: ParameterSpec): MatrixShape {
  const width = spec.shape[spec.shape.length - 1];
  return { rows: sizeOf(spec.shape) / width, width, inputs: inputsOf(spec) ?? 'rows' };
}

/**
 * What a parameter is kept as in a model of weights of some kind: gains and biases in 32 bits; where layers lie
 * in blocks, the tables of which rows are only looked up in 16.
 */
export function storedAs(spec: ParameterSpec, kind: StoredKind): StoredKind {
  if (spec.shape.length < 2) return 'f32';
  return isBlockKind(kind) && inputsOf(spec) === undefined ? 'f16' : kind;
}
