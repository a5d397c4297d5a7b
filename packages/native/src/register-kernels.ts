import { replaceKernel } from '@ramble/core';
import * as tf from '@tensorflow/tfjs-core';

import type { Addon } from './addon/addon-types.js';
import { asNative } from './backend/native-backend.js';
import { attention, attentionGrad } from './kernels/attention.js';
import { crossEntropy, crossEntropyGrad } from './kernels/cross-entropy.js';
import { dropout, residual, residualGrad } from './kernels/dropout.js';
import { embedding, embeddingGrad } from './kernels/embedding.js';
import type { Kernel, KernelCall } from './kernels/kernel.js';
import { layerNorm, layerNormGrad } from './kernels/layer-norm.js';
import { linear, linearGrad } from './kernels/linear.js';
import { binary, matMul, softmax, type StandardKernel } from './kernels/standard.js';

/** By op of core. */
const fused: Readonly<Record<string, Kernel>> = {
  Attention: attention,
  AttentionGrad: attentionGrad,
  CrossEntropy: crossEntropy,
  CrossEntropyGrad: crossEntropyGrad,
  Embedding: embedding,
  EmbeddingGrad: embeddingGrad,
  FusedLinear: linear,
  FusedLinearGrad: linearGrad,
  LayerNorm: layerNorm,
  LayerNormGrad: layerNormGrad,
  Residual: residual,
  ResidualGrad: residualGrad,
  SeededDropout: dropout,
  SeededDropoutGrad: dropout,
};

/** By kernel of tfjs: those that training and sampling touch outside core's ops. */
const standard: Readonly<Record<string, StandardKernel>> = {
  Add: binary('add'),
  BatchMatMul: matMul,
  Multiply: binary('multiply'),
  RealDiv: binary('divide'),
  Softmax: softmax,
  Sub: binary('subtract'),
};

/** Gives a native backend all kernels of tfjs's cpu backend, and this package's in their place. */
export function registerKernels(backendName: string, addon: Addon): void {
  tf.copyRegisteredKernels('cpu', backendName);
  for (const [name, kernel] of Object.entries(fused)) {
    replaceKernel(name, backendName, (call) => kernel(callOf(call, addon)));
  }
  for (const [name, { fits, run }] of Object.entries(standard)) {
    const { kernelFunc: plain } = tf.getKernel(name, 'cpu');
    replaceKernel(name, backendName, (given) => {
      const call = callOf(given, addon);
      return fits(call) ? run(call)[0] : plain(given);
    });
  }
}

function callOf(
  { inputs, attrs, backend }: Parameters<tf.KernelFunc>[0],
  addon: Addon,
): KernelCall {
  return {
    inputs: inputs as KernelCall['inputs'], // tfjs's type allows for names without a tensor
    attributes: attrs as KernelCall['attributes'], // and for no attributes
    backend: asNative(backend),
    addon,
  };
}
