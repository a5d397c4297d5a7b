import * as tf from '@tensorflow/tfjs-core';

import type { ActivationKind } from './activations.js';
import { type KeptKind, type NarrowKind, narrowMatrix } from './narrow-matrix.js';
import { type ParameterSpec, sizeOf } from './parameter.js';
import type { ParameterStore } from './parameter-store.js';
import { shownTensors } from './shown-tensors.js';
import { matrixShape, storedAs } from './stored-kind.js';
import type { StoredNumbers } from './stored-numbers.js';

/** Parameters that are read and never updated, written row by row. */
export interface FrozenParameterStore extends ParameterStore {
  /** Writes whole rows of a parameter; a vector is one row. */
  writeRows(name: string, firstRow: number, values: Float32Array): void;
  stored(name: string): StoredNumbers;
  readonly activations: ActivationKind;
}

/**
 * Makes a parameter store for inference filled with zeros, on any backend: matrices take 2 bytes
 * per number (`f16`), 1 byte and a scale for every 64 numbers (`int8`), or half a byte, a scale and a minimum
 * for every 32 (`q4`); gains and biases stay in 32 bits. Engines that read narrow weights find them with
 * `stored`; for the others `tensors` makes 32-bit copies.
 *
 * @param kinds - One format for the whole model (`storedAs`), or what each parameter is kept as.
 * @param activations - What the weights are multiplied with; `int8` needs them in blocks (`keptFor`).
 */
export function frozenParameterStore(
  specs: readonly ParameterSpec[],
  kinds: NarrowKind | ((spec: ParameterSpec) => KeptKind),
  activations: ActivationKind = 'f32',
): FrozenParameterStore {
  const kindOf =
    typeof kinds === 'function' ? kinds : (spec: ParameterSpec) => storedAs(spec, kinds);
  const matrices = new Map(
    specs.map((spec) => {
      const { width } = matrixShape(spec);
      return [
        spec.name,
        { matrix: narrowMatrix(kindOf(spec), matrixShape(spec)), shape: spec.shape, width },
      ];
    }),
  );
  const find = (name: string) => {
    const found = matrices.get(name);
    if (!found)
      throw new RangeError(`${name}: expected a parameter of this model, got an unknown name`);
    return found;
  };
  const { tensors, release } = shownTensors(
    specs,
    ({ name, shape }) => tf.tensor(find(name).matrix.read(), shape as number[]), // tfjs does not change shapes
  );
  const refuse = (): never => {
    const got = typeof kinds === 'function' ? 'those of a model for inference' : kinds;
    throw new TypeError(`parameters: expected f32 weights to train, got ${got}`);
  };
  const writeRows: FrozenParameterStore['writeRows'] = (name, firstRow, values) => {
    const { matrix, shape, width } = find(name);
    const rows = values.length / width;
    const left = sizeOf(shape) / width - firstRow;
    if (!Number.isInteger(rows) || rows > left) {
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
    read: (name, slot) => (slot ? refuse() : find(name).matrix.read()),
    write: (name, values, slot) => {
      if (slot) refuse();
      const size = sizeOf(find(name).shape);
      if (values.length !== size) {
        throw new RangeError(`${name}: expected ${size} values, got ${values.length}`);
      }
      writeRows(name, 0, values);
    },
    writeRows,
    stored: (name) => find(name).matrix.stored,
    activations,
    dispose: release,
  };
}
