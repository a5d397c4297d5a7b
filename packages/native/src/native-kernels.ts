import type { GroupAttributes } from '@ramble/core/engine';
import * as tf from '@tensorflow/tfjs-core';
import type { TensorInfo } from '@tensorflow/tfjs-core';

import type { Addon } from './addon/load-addon.js';
import { asNative } from './backend/native-backend.js';
import { ATTENTION_KERNELS } from './kernels/attention.js';
import { CROSS_ENTROPY_KERNELS } from './kernels/cross-entropy.js';
import { DENSE_KERNELS } from './kernels/dense.js';
import { ELEMENTWISE_KERNELS } from './kernels/elementwise.js';
import {
  expectShapes,
  expectTensor,
  type Kernel,
  type KernelCall,
  walkOf,
} from './kernels/kernel.js';
import { NORM_KERNELS } from './kernels/norms.js';
import { binary } from './kernels/standard/mat-mul.js';
import { STANDARD_KERNELS } from './kernels/standard/standard-kernels.js';

function sizesOf({ attributes }: KernelCall): GroupAttributes {
  return attributes as unknown as GroupAttributes; // groupRows() put them there
}

function groupShape(call: KernelCall): [number, number] {
  const { batch, groupLength, width, length } = sizesOf(call);
  return [batch * Math.ceil(length / groupLength), groupLength * width];
}

/** Writes zeros after the last position of each sequence, where its last group is incomplete. */
function fillBehind(call: KernelCall, y: TensorInfo): void {
  const { batch, groupLength, width, length } = sizesOf(call);
  const size = Math.ceil(length / groupLength) * groupLength * width; // entries of a sequence
  const numbers = call.backend.floats(y);
  for (let b = 0; b < batch; b++) numbers.fill(0, b * size + length * width, (b + 1) * size);
}

function copyColumns(
  call: KernelCall,
  from: TensorInfo,
  to: TensorInfo,
  way: 'toGroups' | 'toPositions',
): void {
  const { batch, groupLength, firstColumn, width, length, columns } = sizesOf(call);
  const grouped = Math.ceil(length / groupLength) * groupLength;
  const strides = (positions: number, groups: number): [number, number] =>
    way === 'toGroups' ? [positions, groups] : [groups, positions];
  const walk = walkOf([
    { size: batch, strides: strides(length * columns, grouped * width) },
    { size: length, strides: strides(columns, width) },
    { size: width, strides: [1, 1] },
  ]);
  call.addon.copy({
    walk,
    from: call.backend.floats(from),
    start: way === 'toGroups' ? firstColumn : 0,
    to: call.backend.floats(to),
    toStart: way === 'toGroups' ? 0 : firstColumn,
  });
}

const sum: Kernel = binary('add').run;

/** Native kernels for the ops of core, by name. */
export const FUSED_KERNELS: Readonly<Record<string, Kernel>> = {
  ...ATTENTION_KERNELS,
  ...CROSS_ENTROPY_KERNELS,
  ...DENSE_KERNELS,
  ...ELEMENTWISE_KERNELS,
  ...NORM_KERNELS,
  AddLosses: (call) => {
    expectShapes(call.inputs, { a: [], b: [] });
    return sum(call);
  },
  /** Both gradients share the number of `dy`. */
  AddLossesGrad: ({ inputs: { dy }, backend }) => {
    expectTensor('dy', dy, []);
    return [backend.share(dy), backend.share(dy)];
  },
  GroupRows: (call) => {
    const { batch, groupLength, length, columns } = sizesOf(call);
    expectTensor('x', call.inputs.x, [batch * length, columns]);
    const y = call.backend.output(groupShape(call));
    if (length % groupLength !== 0) fillBehind(call, y);
    copyColumns(call, call.inputs.x, y, 'toGroups');
    return [y];
  },
  GroupRowsGrad: (call) => {
    const { batch, length, columns } = sizesOf(call);
    expectTensor('dy', call.inputs.dy, groupShape(call));
    const dx = call.backend.output([batch * length, columns]);
    call.backend.floats(dx).fill(0);
    copyColumns(call, call.inputs.dy, dx, 'toPositions');
    return [dx];
  },
};

/** Kernels that compute only in the addon, not in JavaScript, so that training programs may use them. */
export const PROGRAM_KERNELS: Readonly<Record<string, Kernel>> = {
  ...Object.fromEntries(
    Object.entries(FUSED_KERNELS).filter(([name]) => !/Group|Compressed/.test(name)),
  ),
  Add: sum,
};

/**
 * Makes this package's kernels, by the name of the op. Kernels for ops of tfjs pass calls that they do not support to
 * tfjs's cpu backend.
 */
export function nativeKernels(addon: Addon): Record<string, tf.KernelFunc> {
  const kernels: Record<string, tf.KernelFunc> = {};
  for (const [name, kernel] of Object.entries(FUSED_KERNELS)) {
    kernels[name] = (given) => runKernel(kernel, callOf(given, addon));
  }
  for (const [name, { fits, run }] of Object.entries(STANDARD_KERNELS)) {
    const { kernelFunc: plain } = tf.getKernel(name, 'cpu');
    kernels[name] = (given) => {
      const call = callOf(given, addon);
      return fits(call) ? runKernel(run, call)[0] : plain(given);
    };
  }
  return kernels;
}

function runKernel(kernel: Kernel, call: KernelCall): TensorInfo[] {
  try {
    return kernel(call);
  } finally {
    asNative(call.backend).endKernel();
  }
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
