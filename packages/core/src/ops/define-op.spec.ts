import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';

import { defineOp, registerComposedKernels, replaceKernel } from './define-op.js';

/** `scale * x`, with a gradient that reads the scale from a residual. */
const scaled = defineOp({
  name: 'Scaled',
  savedInputs: ['x'],
  differentiable: ['x'],
  forward: ({ x }, { scale }) => [tf.mul(x, scale as number), tf.scalar(scale as number)], // a number, below
  backward: ({ dy, residual0 }) => [tf.mul(dy, residual0)],
});
const run = (x: tf.Tensor): tf.Tensor => scaled({ x }, { scale: 3 })[0];
const x = tf.tensor1d([1, 2]);

beforeAll(() => {
  tf.registerBackend('other', () => new MathBackendCPU());
  tf.copyRegisteredKernels('cpu', 'other');
  // Kernels of the backend, with different results on purpose, so that tests see which kernel ran.
  const outputs = (values: number[]) => (): tf.TensorInfo[] => [
    tf.tensor1d(values),
    tf.tensor1d([9]),
  ];
  replaceKernel('Scaled', 'other', outputs([70, 70]));
  replaceKernel('ScaledGrad', 'other', outputs([80, 80]));
});
beforeEach(() => tf.setBackend('other'));
afterAll(async () => {
  await tf.setBackend('cpu');
  tf.removeBackend('other');
});

describe('defineOp', () => {
  it('runs the composed form on a backend without a kernel of its name', async () => {
    await tf.setBackend('cpu');
    expect([...run(x).dataSync()]).toEqual([3, 6]);
    expect([
      ...tf
        .grad(run)(x, tf.tensor1d([1, 2]))
        .dataSync(),
    ]).toEqual([3, 6]);
  });

  it("prefers a backend's own kernels", () => {
    expect([...run(x).dataSync()]).toEqual([70, 70]);
    expect([...tf.grad(run)(x).dataSync()]).toEqual([80, 80]);
  });

  it('passes the saved inputs and the residuals to the gradient by name', () => {
    let seen: string[] = [];
    replaceKernel('ScaledGrad', 'other', ({ inputs }) => {
      seen = Object.keys(inputs);
      return [tf.tensor1d([0, 0])];
    });
    tf.grad(run)(x);
    expect(seen).toEqual(['dy', 'x', 'residual0']);
  });
});

describe('registerComposedKernels', () => {
  it('replaces kernels by the composed forms', () => {
    registerComposedKernels('other');
    expect([...run(x).dataSync()]).toEqual([3, 6]);
    expect([...tf.grad(run)(x).dataSync()]).toEqual([3, 3]);
  });
});
