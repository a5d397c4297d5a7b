import { type Attributes, composedKernelOf, type Inputs } from '@ramble/core';
import * as tf from '@tensorflow/tfjs-core';

import { attention, attentionGrad, isPlainAttention } from './kernels/attention.js';
import { crossEntropy, crossEntropyGrad, isUncapped } from './kernels/cross-entropy.js';
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

/** What some of them compute; the composed form computes the rest. */
const LIMITS: Readonly<Partial<Record<string, (attributes: Attributes) => boolean>>> = {
  Attention: isPlainAttention,
  AttentionGrad: isPlainAttention,
  CrossEntropy: isUncapped,
  CrossEntropyGrad: isUncapped,
};

/** Kernels of TensorFlow for the ops of core. */
export const tensorflowKernels: Readonly<Record<string, tf.KernelFunc>> = Object.fromEntries(
  Object.entries(KERNELS).map(([name, kernel]): [string, tf.KernelFunc] => [
    name,
    (call) => {
      // The casts: at run time the inputs are the tensors that runKernel was given.
      const [inputs, attributes] = [call.inputs as Inputs, call.attrs as Attributes];
      const fits = LIMITS[name]?.(attributes) ?? true;
      return fits ? tf.tidy(() => kernel(inputs, attributes)) : composedKernelOf(name)(call);
    },
  ]),
);
