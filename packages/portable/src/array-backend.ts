import type * as tf from '@tensorflow/tfjs-core';

/** The values of a tensor: floats, or ids. */
export type Numbers = Float32Array | Int32Array;

/** The access to a tfjs backend that kernels in plain JavaScript need. */
export interface ArrayBackend {
  /**
   * Makes float32 tensors by filling arrays.
   *
   * @param fill - Gets the numbers of the inputs, which it must not change, and the arrays of the
   *   outputs, full of zeros. They are valid during the call only.
   */
  readonly compute: (
    inputs: readonly tf.Tensor[],
    shapes: readonly (readonly number[])[],
    fill: (inputs: readonly Numbers[], outputs: readonly Float32Array[]) => void,
  ) => tf.Tensor[];
  /** `a · b`, each transposed first where told. */
  readonly product: (
    a: tf.Tensor2D,
    b: tf.Tensor2D,
    transposed?: { readonly a?: boolean; readonly b?: boolean },
  ) => tf.Tensor2D;
}
