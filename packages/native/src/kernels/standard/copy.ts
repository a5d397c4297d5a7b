import * as tf from '@tensorflow/tfjs-core';

import { type KernelCall, sizeOf, type StandardKernel, stridesOf, walkOf } from '../kernel.js';

/** Kernel of `Transpose`: permutes the axes. */
export const transpose: StandardKernel = {
  fits: ({ inputs: { x } }) => hasFourBytes(x),
  run: (call) => {
    const { inputs, attributes } = call;
    const { perm } = attributes as { perm: number[] };
    const from = stridesOf(inputs.x.shape);
    const shape = perm.map((axis) => inputs.x.shape[axis]);
    return [copied(call, shape, { fromStrides: perm.map((axis) => from[axis]) })];
  },
};

/** Kernel of `Slice`: copies a range of each axis. */
export const slice: StandardKernel = {
  fits: ({ inputs: { x } }) => hasFourBytes(x),
  run: (call) => {
    const { x } = call.inputs;
    const { begin, size } = call.attributes as { begin: number[]; size: number[] };
    const [begins, shape] = tf.slice_util.parseSliceParams(x, begin, size);
    tf.slice_util.assertParamsValid(x, begins, shape);
    const fromStrides = stridesOf(x.shape);
    const start = begins.reduce((sum, index, axis) => sum + index * fromStrides[axis], 0);
    return [copied(call, shape, { fromStrides, start })];
  },
};

/** Kernel of `Tile`: repeats a tensor along each axis. */
export const tile: StandardKernel = {
  fits: ({ inputs: { x }, attributes }) =>
    hasFourBytes(x) && (attributes as { reps: number[] }).reps.every((times) => times > 0),
  run: (call) => {
    const { x } = call.inputs;
    const { reps } = call.attributes as { reps: number[] };
    const strides = stridesOf(x.shape);
    // Each axis becomes two: the repetition, and the index in it.
    const pairs = x.shape.flatMap((size, axis) => [reps[axis], size]);
    const y = copied(call, pairs, { fromStrides: strides.flatMap((stride) => [0, stride]) });
    return [{ ...y, shape: x.shape.map((size, axis) => size * reps[axis]) }];
  },
};

/** Kernel of `Concat`, for tensors of one type. */
export const concat: StandardKernel = {
  fits: ({ inputs }) => {
    const tensors = Object.values(inputs);
    return tensors.every((x) => hasFourBytes(x) && x.dtype === tensors[0].dtype);
  },
  run: (call) => {
    const tensors = Object.values(call.inputs);
    const [axis] = tf.util.parseAxisParam(call.attributes.axis as number, tensors[0].shape); // by type
    tf.backend_util.assertParamsConsistent(
      tensors.map(({ shape }) => shape),
      axis,
    );
    const length = tensors.reduce((sum, { shape }) => sum + shape[axis], 0);
    const shape = tensors[0].shape.map((size, i) => (i === axis ? length : size));
    const y = call.backend.outputOf(shape, tensors[0].dtype);
    const inner = sizeOf(shape.slice(axis + 1));
    let place = 0;
    for (const x of tensors) {
      const width = x.shape[axis] * inner;
      const walk = walkOf([
        { size: sizeOf(shape.slice(0, axis)), strides: [width, length * inner] },
        { size: width, strides: [1, 1] },
      ]);
      const [from, to] = [call.backend.words(x), call.backend.words(y)];
      call.addon.copy({ walk, from, start: 0, to, toStart: place });
      place += width;
    }
    return [y];
  },
};

/**
 * Returns a new tensor with the entries of x that are found from the index `start` on by the strides `fromStrides`.
 */
function copied(
  { inputs: { x }, backend, addon }: KernelCall,
  shape: readonly number[],
  { fromStrides, start = 0 }: { fromStrides: readonly number[]; start?: number },
): tf.TensorInfo {
  const y = backend.outputOf(shape, x.dtype);
  if (sizeOf(shape) === 0) return y;
  const strides = stridesOf(shape);
  const axes = shape.map((size, axis) => ({
    size,
    strides: [fromStrides[axis], strides[axis]] as const,
  }));
  const [from, to] = [backend.words(x), backend.words(y)];
  addon.copy({ walk: walkOf(axes), from, start, to, toStart: 0 });
  return y;
}

function hasFourBytes({ dtype, shape }: tf.TensorInfo): boolean {
  return (dtype === 'float32' || dtype === 'int32') && sizeOf(shape) > 0;
}
