/**
 * Times attention of the engine native alone, forward and backward, as attention.py does with PyTorch:
 *   attention.mjs [length]
 * Measures once, or once for every line on standard input; prints a line of JSON each time.
 */
import { attention } from '@ramble/core';
import { nativeEngine } from '@ramble/native';
import * as tf from '@tensorflow/tfjs-core';

import { forTurns } from './for-turns.mjs';
import { ATTENTION } from './workloads.mjs';

const { batch, nHead, headDim, turns } = ATTENTION;
const length = Number(process.argv[2] ?? ATTENTION.length);
await nativeEngine.load();
const width = nHead * headDim;
const qkv = tf.randomNormal([batch * length, 3 * width]);
const dy = tf.randomNormal([batch * length, width]);
const gradient = tf.grad((x) => attention(x, { batch, nHead }, { kind: 'causal' }));
step();
await forTurns(() => ({
  milliseconds: Array.from({ length: turns }, step),
  peakMegabytes: Math.round(process.resourceUsage().maxRSS / 1024),
}));

function step() {
  const start = performance.now();
  tf.dispose(gradient(qkv, dy));
  return Number((performance.now() - start).toFixed(2));
}
