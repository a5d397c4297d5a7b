import { registerComposedKernels } from '@ramble/core';
import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';

const NAME = 'composed-reference';
let registered = false;

/**
 * Does something on tfjs's own cpu backend with the composed form of every op, then makes the
 * backend that was current the current one again.
 */
export async function onReference<T>(work: () => T | Promise<T>): Promise<T> {
  const current = tf.getBackend();
  if (!registered) register();
  await tf.setBackend(NAME);
  try {
    return await work();
  } finally {
    await tf.setBackend(current);
  }
}

function register(): void {
  tf.registerBackend(NAME, () => {
    const backend = new MathBackendCPU();
    Reflect.set(backend, 'firstUse', false); // its greeting advertises another package
    return backend;
  });
  tf.copyRegisteredKernels('cpu', NAME);
  registerComposedKernels(NAME);
  registered = true;
}
