import * as tf from '@tensorflow/tfjs-core';

import type { ParameterSpec } from './parameter.js';

/** Tensors of a store's values, made on request and kept until the values change. */
export interface ShownTensors {
  readonly tensors: () => Readonly<Record<string, tf.Tensor>>;
  /** Disposes of the tensors; `tensors` then makes new ones. */
  readonly release: () => void;
}

/**
 * Tensors of the current values of parameters, made on demand.
 *
 * @param tensorOf - Makes the tensor of a parameter's current values.
 */
export function shownTensors(
  specs: readonly ParameterSpec[],
  tensorOf: (spec: ParameterSpec) => tf.Tensor,
): ShownTensors {
  let shown: Record<string, tf.Tensor> | undefined;
  return {
    tensors: () =>
      (shown ??= Object.fromEntries(specs.map((spec) => [spec.name, tf.keep(tensorOf(spec))]))),
    release: () => {
      tf.dispose(shown);
      shown = undefined;
    },
  };
}
