import { type Attributes, type Inputs, replaceKernel } from '@ramble/core';
import * as tf from '@tensorflow/tfjs-core';

import type { ArrayBackend } from './array-backend.js';
import { attentionKernels } from './kernels/attention.js';
import { crossEntropyKernels } from './kernels/cross-entropy.js';
import { embeddingKernels } from './kernels/embedding.js';
import type { Kernel, KernelPair } from './kernels/kernel-pair.js';
import { layerNormKernels } from './kernels/layer-norm.js';
import { linearKernels } from './kernels/linear.js';

/** Ops that plain loops do faster than the composed form; the others stay composed. */
const KERNELS: Readonly<Record<string, (backend: ArrayBackend) => KernelPair>> = {
  FusedLinear: linearKernels,
  LayerNorm: layerNormKernels,
  Attention: attentionKernels,
  Embedding: embeddingKernels,
  CrossEntropy: crossEntropyKernels,
};

/** Gives a backend the kernels of this package. */
export function registerKernels(backend: ArrayBackend): void {
  for (const [name, kernelsOf] of Object.entries(KERNELS)) {
    const { forward, backward } = kernelsOf(backend);
    replaceKernel(name, backend.name, kernelFunc(forward));
    replaceKernel(`${name}Grad`, backend.name, kernelFunc(backward));
  }
}

function kernelFunc(kernel: Kernel): tf.KernelFunc {
  // The casts: at run time the inputs are the tensors that the op was given.
  return ({ inputs, attrs }) => tf.tidy(() => kernel(inputs as Inputs, attrs as Attributes));
}
