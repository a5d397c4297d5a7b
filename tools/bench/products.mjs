/**
 * Times matrix products of the engine native:
 *   products.mjs
 * Measures once, or once for every line on standard input; prints a line of JSON each time.
 */
import * as tf from '@tensorflow/tfjs-core';

import { nativeEngine } from '@ramble/native';

import { forTurns } from './for-turns.mjs';
import { PRODUCTS } from './workloads.mjs';

const MILLISECONDS = 100;

await nativeEngine.load();
await forTurns(() => PRODUCTS.map(measure));

/** The best of all runs: the machine may be doing something else in the others. */
function measure({ m, n, k, transposeA, transposeB }) {
  const a = waves(transposeA ? [k, m] : [m, k]);
  const b = waves(transposeB ? [n, k] : [k, n]);
  let best = Infinity;
  for (const end = performance.now() + MILLISECONDS; performance.now() < end;) {
    const start = performance.now();
    tf.dispose(tf.matMul(a, b, transposeA, transposeB));
    best = Math.min(best, performance.now() - start);
  }
  tf.dispose([a, b]);
  const name = `${m}x${k}x${n} ${transposeA ? 'T' : 'N'}${transposeB ? 'T' : 'N'}`;
  return { name, gigaflops: Math.round((2 * m * n * k) / best / 1e6) };
}

function waves(shape) {
  return tf.tensor(
    Float32Array.from({ length: shape[0] * shape[1] }, (_, i) => Math.sin(i)),
    shape,
  );
}
