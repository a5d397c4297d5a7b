import * as tf from '@tensorflow/tfjs-core';

import type { Addon } from './addon/addon-types.js';
import { asNative } from './backend/native-backend.js';
import { addLosses, addLossesGrad } from './kernels/add-losses.js';
import { attention, attentionGrad } from './kernels/attention.js';
import { crossEntropy, crossEntropyGrad } from './kernels/cross-entropy.js';
import { dropout, residual, residualGrad } from './kernels/dropout.js';
import { embedding, embeddingGrad } from './kernels/embedding.js';
import { gated, gatedGrad } from './kernels/gated.js';
import { groupRows, groupRowsGrad } from './kernels/group-rows.js';
import type { Kernel, KernelCall } from './kernels/kernel.js';
import { layerNorm, layerNormGrad } from './kernels/layer-norm.js';
import { linear, linearGrad } from './kernels/linear.js';
import { normHeads, normHeadsGrad } from './kernels/norm-heads.js';
import { rmsNorm, rmsNormGrad } from './kernels/rms-norm.js';
import { rotateHeads, rotateHeadsGrad } from './kernels/rotate-heads.js';
import { scaled, scaledGrad } from './kernels/scaled.js';
import { binary } from './kernels/standard/elementwise.js';
import { STANDARD_KERNELS } from './kernels/standard/standard-kernels.js';

/** The kernels of the native engine by op of core. */
export const FUSED_KERNELS: Readonly<Record<string, Kernel>> = {
  AddLosses: addLosses,
  AddLossesGrad: addLossesGrad,
  Attention: attention,
  AttentionGrad: attentionGrad,
  CompressedAttention: attention,
  CompressedAttentionGrad: attentionGrad,
  CrossEntropy: crossEntropy,
  CrossEntropyGrad: crossEntropyGrad,
  Embedding: embedding,
  EmbeddingGrad: embeddingGrad,
  FusedLinear: linear,
  FusedLinearGrad: linearGrad,
  Gated: gated,
  GatedGrad: gatedGrad,
  GroupRows: groupRows,
  GroupRowsGrad: groupRowsGrad,
  LayerNorm: layerNorm,
  LayerNormGrad: layerNormGrad,
  NormHeads: normHeads,
  NormHeadsGrad: normHeadsGrad,
  Residual: residual,
  ResidualGrad: residualGrad,
  RelativeAttention: attention,
  RelativeAttentionGrad: attentionGrad,
  RmsNorm: rmsNorm,
  RmsNormGrad: rmsNormGrad,
  RotateHeads: rotateHeads,
  RotateHeadsGrad: rotateHeadsGrad,
  Scaled: scaled,
  ScaledGrad: scaledGrad,
  SeededDropout: dropout,
  SeededDropoutGrad: dropout,
};

/** Kernels that do their work in the addon alone, so that training programs may have them. */
export const PROGRAM_KERNELS: Readonly<Record<string, Kernel>> = {
  ...Object.fromEntries(
    Object.entries(FUSED_KERNELS).filter(([name]) => !/Group|Compressed/.test(name)),
  ),
  Add: binary('add').run,
};

/** Makes this package's kernels; those of tfjs's own ops leave what they cannot do to its cpu backend. */
export function nativeKernels(addon: Addon): Record<string, tf.KernelFunc> {
  const kernels: Record<string, tf.KernelFunc> = {};
  for (const [name, kernel] of Object.entries(FUSED_KERNELS)) {
    kernels[name] = (call) => kernel(callOf(call, addon));
  }
  for (const [name, { fits, run }] of Object.entries(STANDARD_KERNELS)) {
    const { kernelFunc: plain } = tf.getKernel(name, 'cpu');
    kernels[name] = (given) => {
      const call = callOf(given, addon);
      return fits(call) ? run(call)[0] : plain(given);
    };
  }
  return kernels;
}

function callOf(
  { inputs, attrs, backend }: Parameters<tf.KernelFunc>[0],
  addon: Addon,
): KernelCall {
  return {
    inputs: inputs as KernelCall['inputs'], // tfjs's type allows for names without a tensor
    attributes: attrs as KernelCall['attributes'], // and for no attributes
    isDifferentiated: tf.engine().state.gradientDepth > 0,
    backend: asNative(backend),
    addon,
  };
}
