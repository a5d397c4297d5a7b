import * as tf from '@tensorflow/tfjs-core';

import { randomValues } from './random-values.js';

/** An op, and its definition in double precision. */
export interface OpCase<Name extends string> {
  /** Shapes of the inputs that have a gradient. */
  readonly inputs: Readonly<Record<Name, readonly number[]>>;
  readonly op: (inputs: Readonly<Record<Name, tf.Tensor>>) => tf.Tensor;
  readonly plain: (inputs: Readonly<Record<Name, Float64Array>>) => ArrayLike<number>;
}

/**
 * Runs the op on random inputs. Compares its values with the plain form, and the gradients of a random weighted sum of
 * them with finite differences of the plain form. Also checks that all tensors are disposed of.
 */
export function expectPlain<Name extends string>({ inputs, op, plain }: OpCase<Name>): void {
  const before = tf.memory().numTensors;
  tf.tidy(() => {
    const names = Object.keys(inputs) as Name[]; // the keys of a record by name
    const shapes = names.map((name) => [...inputs[name]]);
    const values = shapes.map((shape, i) => randomValues(tf.util.sizeFromShape(shape), i));
    const record = <T>(list: readonly T[]): Record<Name, T> =>
      Object.fromEntries(names.map((name, i) => [name, list[i]])) as Record<Name, T>; // all names

    const doubles = values.map((array) => Float64Array.from(array));
    const expected = Array.from(plain(record(doubles)));
    const tensors = values.map((array, i) => tf.tensor(array, shapes[i]));
    const actual = op(record(tensors));
    expect(actual.dataSync()).toBeAllClose(expected, { atol: 2e-5, rtol: 2e-5 });

    const weights = randomValues(expected.length, names.length);
    const plainLoss = (): number =>
      Array.from(plain(record(doubles))).reduce((sum, y, i) => sum + y * weights[i], 0);
    const gradients = tf.grads((...list: tf.Tensor[]) => op(record(list)));
    gradients(tensors, tf.tensor(weights, actual.shape)).forEach((gradient, i) => {
      expect(gradient.shape).toEqual(shapes[i]);
      const differences = finiteDifferences(plainLoss, doubles[i]);
      expect(gradient.dataSync()).toBeAllClose(differences, { atol: 1e-4, rtol: 1e-4 });
    });
  });
  expect(tf.memory().numTensors).toBe(before);
}

/** Computes the gradient of `loss` by central differences, which change each entry of `at` a little. */
export function finiteDifferences(loss: () => number, at: Float64Array): Float64Array {
  const step = 1e-5; // the error of a central difference is of order step^2
  return at.map((value, i) => {
    at[i] = value + step;
    const above = loss();
    at[i] = value - step;
    const below = loss();
    at[i] = value;
    return (above - below) / (2 * step);
  });
}
