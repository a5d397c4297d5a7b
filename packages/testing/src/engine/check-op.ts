import * as tf from '@tensorflow/tfjs-core';

import { assertClose } from '../assert-close.js';
import { assertEqual } from '../assert-equal.js';
import { randomValues } from '../random-values.js';
import { onReference } from './on-reference.js';

/** A single use of an op. */
export interface OpCase {
  readonly name: string;
  /** Shapes of the inputs that have a gradient. */
  readonly inputs: readonly (readonly number[])[];
  readonly op: (...inputs: tf.Tensor[]) => tf.Tensor;
}

interface OpResult {
  readonly value: Float32Array;
  readonly gradients: readonly Float32Array[];
}

/** Values and gradients of the op on the current backend are those of its composed form. */
export async function checkOp(opCase: OpCase): Promise<void> {
  const actual = runOp(opCase);
  const expected = await onReference(['op', opCase.name, opCase.inputs], () => runOp(opCase));
  const tolerance = { atol: 1e-4, rtol: 1e-4 };
  assertClose('value', actual.value, expected.value, tolerance);
  expected.gradients.forEach((gradient, i) => {
    assertClose(`gradient of input ${i}`, actual.gradients[i], gradient, tolerance);
  });
}

/** Gradients are of a random weighted sum of the outputs. */
function runOp({ inputs, op }: OpCase): OpResult {
  const before = tf.memory().numTensors;
  const result = tf.tidy(() => {
    const tensors = inputs.map((shape, i) =>
      tf.tensor(randomValues(tf.util.sizeFromShape([...shape]), i), [...shape]),
    );
    const value = op(...tensors);
    const weights = tf.tensor(randomValues(value.size, inputs.length), value.shape);
    const gradients = tf.grads(op)(tensors, weights);
    return { value: numbersOf(value), gradients: gradients.map(numbersOf) };
  });
  assertEqual('tensors left behind', tf.memory().numTensors - before, 0);
  return result;
}

/** A copy: some backends hand out the array they work on. */
function numbersOf(tensor: tf.Tensor): Float32Array {
  return tensor.dataSync<'float32'>().slice();
}
