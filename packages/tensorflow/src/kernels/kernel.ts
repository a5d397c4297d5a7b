import type { Attributes, Inputs } from '@ramble/core';
import type * as tf from '@tensorflow/tfjs-core';

/** One kernel in raw ops; what it makes beside its outputs is disposed of for it. */
export type Kernel = (inputs: Inputs, attributes: Attributes) => tf.Tensor[];
