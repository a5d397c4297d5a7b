import * as tf from '@tensorflow/tfjs-core';

import { currentEngine } from '../ops/define-op.js';
import {
  type ActivationKind,
  type ParameterEngine,
  type ParameterStore,
  shownTensors,
} from './parameter-store.js';
import { type ParameterSpec, sizeOf } from './parameter.js';
import {
  type FormatName,
  type MatrixLayout,
  type MatrixShape,
  matrixShape,
  type StoredNumbers,
  type WeightMatrix,
} from './weight-format.js';
import { FORMATS } from './weight-formats.js';

/** Parameters that are read and never updated, written row by row. */
export interface FrozenParameterStore extends ParameterStore {
  /** Writes whole rows of a parameter; a vector is one row. */
  writeRows(name: string, firstRow: number, values: Float32Array): void;
  stored(name: string): StoredNumbers;
  readonly activations: ActivationKind;
}

/**
 * Makes a parameter store for inference, filled with zeros, on any backend. Engines that compute with quantized
 * weights read them with `stored`; for other engines, `tensors` makes 32-bit copies.
 *
 * @param formats - The format of the model (`WeightFormat.formatOf`), or the layout of each parameter.
 * @param activations - Number format of the activations; `formatFor` returns the weight formats that support it.
 */
export function frozenParameterStore(
  specs: readonly ParameterSpec[],
  formats: FormatName | ((spec: ParameterSpec) => MatrixLayout),
  activations: ActivationKind = 'f32',
): FrozenParameterStore {
  const layoutOf =
    typeof formats === 'function'
      ? formats
      : (spec: ParameterSpec) => FORMATS[FORMATS[formats].formatOf(spec)];
  const find = matricesOf(specs, layoutOf);
  const read = (name: string): Float32Array => {
    const { matrix, rows } = find(name);
    return matrix.readRows(0, rows);
  };
  const stored = (name: string): StoredNumbers => {
    const { matrix, rows, width, inputs } = find(name);
    return { ...matrix.stored, shape: { rows, width, inputs } };
  };
  const { tensors, release } = shownTensors(specs, tensorsFrom(stored, read));
  const refuse = (): never => {
    const got = typeof formats === 'function' ? 'those of a model for inference' : formats;
    throw new TypeError(`parameters: expected f32 weights to train, got ${got}`);
  };
  const writeRows: FrozenParameterStore['writeRows'] = (name, firstRow, values) => {
    const { matrix, rows, width } = find(name);
    const left = rows - firstRow;
    const count = values.length / width;
    if (!Number.isInteger(count) || count > left) {
      throw new RangeError(
        `${name}: expected at most ${left} rows of ${width} values, got ${values.length} values`,
      );
    }
    release();
    try {
      matrix.writeRows(firstRow, values);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new RangeError(`${name}: ${reason}`, { cause: error });
    }
  };

  return {
    specs,
    tensors,
    update: refuse,
    read: (name, slot) => (slot ? refuse() : read(name)),
    write: (name, values, slot) => {
      if (slot) refuse();
      const size = sizeOf(find(name).shape);
      if (values.length !== size) {
        throw new RangeError(`${name}: expected ${size} values, got ${values.length}`);
      }
      writeRows(name, 0, values);
    },
    writeRows,
    stored,
    activations,
    dispose: release,
  };
}

/**
 * Returns a function that makes the tensor of a parameter. The tensor reads the stored numbers if the engine supports
 * that; otherwise it is a 32-bit copy.
 */
function tensorsFrom(
  stored: (name: string) => StoredNumbers,
  read: (name: string) => Float32Array,
): (spec: ParameterSpec) => tf.Tensor {
  const engine: ParameterEngine | undefined = currentEngine();
  return ({ name, shape }) =>
    engine?.storedTensor?.(stored(name), shape) ?? tf.tensor(read(name), [...shape]);
}

/** Makes a matrix of zeros for each parameter, and returns a function that finds it with its shape. */
function matricesOf(
  specs: readonly ParameterSpec[],
  layoutOf: (spec: ParameterSpec) => MatrixLayout,
): (name: string) => MatrixShape & { matrix: WeightMatrix; shape: readonly number[] } {
  const matrices = new Map(
    specs.map((spec) => {
      const size = matrixShape(spec);
      return [spec.name, { ...size, matrix: layoutOf(spec).matrix(size), shape: spec.shape }];
    }),
  );
  return (name) => {
    const found = matrices.get(name);
    if (found) return found;
    throw new RangeError(`${name}: expected a parameter of this model, got an unknown name`);
  };
}
