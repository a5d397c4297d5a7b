import type * as tf from '@tensorflow/tfjs-core';

import { roundActivations } from '../ops/linear.js';
import type { ActivationKind } from '../parameters/activations.js';
import type { TransformerOps } from './transformer.js';

/** The ops of a model that multiplies its weights with activations of some kind: the inputs of products round. */
export function withActivations(
  activations: ActivationKind,
  ops: TransformerOps<tf.Tensor2D>,
): TransformerOps<tf.Tensor2D> {
  if (activations === 'f32') return ops;
  return {
    ...ops,
    linear: (x, name, activation) => ops.linear(roundActivations(x), name, activation),
    // What the output projection reads.
    norm: (x, name) =>
      name === 'finalNorm' ? roundActivations(ops.norm(x, name)) : ops.norm(x, name),
  };
}
