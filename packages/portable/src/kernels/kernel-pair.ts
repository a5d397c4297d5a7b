import type { Attributes, Inputs } from '@ramble/core';
import type * as tf from '@tensorflow/tfjs-core';

export type Kernel = (inputs: Inputs, attributes: Attributes) => tf.Tensor[];

/** An op's kernel and that of its gradient, as the op in core describes them. */
export interface KernelPair {
  readonly forward: Kernel;
  readonly backward: Kernel;
}
