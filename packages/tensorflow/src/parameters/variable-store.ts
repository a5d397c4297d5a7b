import {
  clipFactor,
  type ParameterSpec,
  type ParameterStore,
  shownTensors,
  type Slot,
  sizeOf,
  type UpdateRule,
} from '@ramble/core';
import * as tf from '@tensorflow/tfjs-core';

import { raw } from '../raw-ops.js';
import { applyUpdate } from './apply-update.js';
import { createVariable, type Variable } from './variable.js';

/** Parameters and moments in TensorFlow's variables. */
export function variableStore(specs: readonly ParameterSpec[]): ParameterStore {
  const shapes = new Map(specs.map(({ name, shape }) => [name, [...shape]]));
  const makeVariables = (): Map<string, Variable> =>
    new Map(specs.map(({ name, shape }) => [name, createVariable(shape)]));
  const values = makeVariables();
  const slots: Partial<Record<Slot, Map<string, Variable>>> = {
    mean: makeVariables(),
    variance: makeVariables(),
  };
  const find = (name: string, kind?: Slot): Variable => {
    const found = (kind ? (slots[kind] ??= makeVariables()) : values).get(name);
    if (!found)
      throw new RangeError(`${name}: expected a parameter of this model, got an unknown name`);
    return found;
  };
  const { tensors, release } = shownTensors(specs, ({ name }) => find(name).read());

  return {
    specs,
    tensors,
    update: (gradients, rule, clipNorm) =>
      tf.tidy(() => {
        const norm = globalNorm(specs.map(({ name }) => gradients[name]));
        if (!Number.isFinite(norm)) return norm;
        release(); // or every update would copy what these tensors show
        const factor = clipFactor(norm, clipNorm);
        for (const { name, shape } of specs) {
          const slot = (kind: Slot): Variable => find(name, kind);
          const decays = shape.length > 1;
          tf.tidy(() => {
            const gradient = factor === 1 ? gradients[name] : raw.scale(gradients[name], factor);
            applyUpdate(withDecay(rule, decays), find(name), gradient, slot);
          });
        }
        return norm;
      }),
    read: (name, kind) => {
      const variable = find(name, kind);
      const tensor = tf.tidy(() => variable.read());
      const copy = tensor.dataSync<'float32'>();
      tensor.dispose();
      return copy;
    },
    write: (name, written, kind) => {
      const shape = shapes.get(name);
      if (!shape)
        throw new RangeError(`${name}: expected a parameter of this model, got an unknown name`);
      if (written.length !== sizeOf(shape)) {
        throw new RangeError(`${name}: expected ${sizeOf(shape)} values, got ${written.length}`);
      }
      if (!kind) release();
      const variable = find(name, kind);
      // A copy: TensorFlow may work on the array of a tensor that comes from JavaScript.
      tf.tidy(() => variable.assign(raw.deepCopy(tf.tensor(written, shape))));
    },
    dispose: () => {
      release();
      for (const variables of [values, ...Object.values(slots)]) {
        variables.forEach((variable) => variable.dispose());
      }
    },
  };
}

/** The root of the sum of all squares. */
function globalNorm(gradients: readonly tf.Tensor[]): number {
  const halves = gradients.map((gradient) => raw.l2Loss(gradient));
  return Math.sqrt(2 * raw.addAll(halves).dataSync<'float32'>()[0]);
}

function withDecay(rule: UpdateRule, decays: boolean): UpdateRule {
  return decays ? rule : { ...rule, weightDecay: 0 };
}
