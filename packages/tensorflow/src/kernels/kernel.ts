import type { Attributes, Inputs } from '@ramble/core';
import type * as tf from '@tensorflow/tfjs-core';

/** A kernel in raw ops; all tensors that it makes, except its outputs, are disposed of afterwards. */
export type Kernel = (inputs: Inputs, attributes: Attributes) => tf.Tensor[];
