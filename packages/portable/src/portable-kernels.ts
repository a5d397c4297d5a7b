import type { Attributes, Inputs } from '@ramble/core';
import * as tf from '@tensorflow/tfjs-core';

import type { ArrayBackend } from './array-backend.js';
import { attentionKernels } from './kernels/attention.js';
import { crossEntropyKernels } from './kernels/cross-entropy.js';
import { embeddingKernels } from './kernels/embedding.js';
import { gatedKernels } from './kernels/gated.js';
import type { Kernel, KernelPair } from './kernels/kernel-pair.js';
import { layerNormKernels } from './kernels/layer-norm.js';
import { linearKernels } from './kernels/linear.js';
import { normHeadsKernels } from './kernels/norm-heads.js';
import { rmsNormKernels } from './kernels/rms-norm.js';
import { rotateHeadsKernels } from './kernels/rotate-heads.js';

/** Ops that plain loops do faster than the composed form; the others stay composed. */
const KERNELS: Readonly<Record<string, (backend: ArrayBackend) => KernelPair>> = {
  FusedLinear: linearKernels,
  LayerNorm: layerNormKernels,
  RmsNorm: rmsNormKernels,
  Gated: gatedKernels,
  NormHeads: normHeadsKernels,
  RotateHeads: rotateHeadsKernels,
  Attention: attentionKernels,
  Embedding: embeddingKernels,
  CrossEntropy: crossEntropyKernels,
};

/** Makes the kernels of this package for a backend. */
export function portableKernels(backend: ArrayBackend): Record<string, tf.KernelFunc> {
  const kernels: Record<string, tf.KernelFunc> = {};
  for (const [name, kernelsOf] of Object.entries(KERNELS)) {
    const { forward, backward } = kernelsOf(backend);
    kernels[name] = kernelFunc(forward);
    kernels[`${name}Grad`] = kernelFunc(backward);
  }
  return kernels;
}

function kernelFunc(kernel: Kernel): tf.KernelFunc {
  // The casts: at run time the inputs are the tensors that the op was given.
  return ({ inputs, attrs }) => tf.tidy(() => kernel(inputs as Inputs, attrs as Attributes));
}
