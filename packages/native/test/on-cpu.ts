import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';

/** Calls a function on tfjs's cpu backend, with the composed form of core's ops. */
export async function onCpu<T>(work: () => T | Promise<T>): Promise<T> {
  const current = tf.getBackend();
  await tf.setBackend('cpu');
  Reflect.set(tf.backend(), 'firstUse', false); // its greeting advertises another package
  try {
    return await work();
  } finally {
    await tf.setBackend(current);
  }
}
