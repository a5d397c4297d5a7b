import * as tf from '@tensorflow/tfjs-core';

import { type PairSums, pairSums } from '../ranks/pair-sums.js';

type Gradients = Readonly<Record<string, tf.Tensor>>;

/** Makes sums of the gradients of micro-batches; the tensors that are added become theirs. */
export function gradientSums(): PairSums<Gradients> {
  return pairSums(replaceBySums);
}

/** Sums of tensors of the same names, which are gone then, one name after the other. */
function replaceBySums(a: Gradients, b: Gradients): Gradients {
  const sums = Object.entries(a).map(([name, gradient]) => {
    const sum = tf.add(gradient, b[name]);
    tf.dispose([gradient, b[name]]);
    return [name, sum] as const;
  });
  return Object.fromEntries(sums);
}
