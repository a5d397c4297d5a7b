import * as tf from '@tensorflow/tfjs-core';

type Gradients = Readonly<Record<string, tf.Tensor>>;

/** Adds up the gradients of micro-batches in the order of a share; the tensors become its own. */
export interface GradientSums {
  /**
   * Adds gradients.
   *
   * @param additions - The number of sums, those that have waited the shortest, that are added to them.
   */
  add(gradients: Gradients, additions: number): void;
  /** The sum of all, which is the caller's. */
  result(): Gradients;
}

/** Makes sums of nothing. */
export function gradientSums(): GradientSums {
  const waiting: Gradients[] = [];
  return {
    add: (gradients, additions) => {
      let sum = gradients;
      for (let n = 0; n < additions; n++) sum = replaceBySums(sum, waiting.pop() ?? {});
      waiting.push(sum);
    },
    result: () => waiting[0],
  };
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
