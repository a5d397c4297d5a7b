import type { Attributes, Inputs } from '@ramble/core';
import * as tf from '@tensorflow/tfjs-core';

import { attention, attentionGrad } from './kernels/attention.js';
import { crossEntropy, crossEntropyGrad } from './kernels/cross-entropy.js';
import { residual, residualGrad, seededDropout, seededDropoutGrad } from './kernels/dropout.js';
import { embedding, embeddingGrad } from './kernels/embedding.js';
import { layerNorm, layerNormGrad } from './kernels/layer-norm.js';
import { fusedLinear, fusedLinearGrad } from './kernels/linear.js';

/** The kernels of TensorFlow by op of core. */
const KERNELS = {
  Attention: attention,
  AttentionGrad: attentionGrad,
  CrossEntropy: crossEntropy,
  CrossEntropyGrad: crossEntropyGrad,
  Embedding: embedding,
  EmbeddingGrad: embeddingGrad,
  FusedLinear: fusedLinear,
  FusedLinearGrad: fusedLinearGrad,
  LayerNorm: layerNorm,
  LayerNormGrad: layerNormGrad,
  Residual: residual,
  ResidualGrad: residualGrad,
  SeededDropout: seededDropout,
  SeededDropoutGrad: seededDropoutGrad,
};

/** Kernels of TensorFlow for the ops of core. */
export const tensorflowKernels: Readonly<Record<string, tf.KernelFunc>> = Object.fromEntries(
  Object.entries(KERNELS).map(([name, kernel]): [string, tf.KernelFunc] => [
    name,
    // The casts: at run time the inputs are the tensors that runKernel was given.
    ({ inputs, attrs }) => tf.tidy(() => kernel(inputs as Inputs, attrs as Attributes)),
  ]),
);
