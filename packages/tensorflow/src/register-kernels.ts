import { type Attributes, type Inputs, replaceKernel } from '@ramble/core';
import * as tf from '@tensorflow/tfjs-core';

import { attention, attentionGrad } from './kernels/attention.js';
import { crossEntropy, crossEntropyGrad } from './kernels/cross-entropy.js';
import { residual, residualGrad, seededDropout, seededDropoutGrad } from './kernels/dropout.js';
import { embedding, embeddingGrad } from './kernels/embedding.js';
import { layerNorm, layerNormGrad } from './kernels/layer-norm.js';
import { fusedLinear, fusedLinearGrad } from './kernels/linear.js';

/** The kernels of TensorFlow by op of core. */
const kernels = {
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

/** Gives the backend this package's kernels for the ops of core. */
export function registerKernels(backendName: string): void {
  for (const [name, kernel] of Object.entries(kernels)) {
    replaceKernel(name, backendName, ({ inputs, attrs }) =>
      // The casts: at run time the inputs are the tensors that runKernel was given.
      tf.tidy(() => kernel(inputs as Inputs, attrs as Attributes)),
    );
  }
}
