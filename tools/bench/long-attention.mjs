/**
 * Times attention of the engine native over a long text, forward and backward, as long_attention.py does
 * with PyTorch:
 *   long-attention.mjs causal|local|compressed
 * Measures once, or once for every line on standard input; prints a line of JSON each time.
 */
import { attention, compressedAttention } from '@ramble/core';
import { nativeEngine } from '@ramble/native';
import * as tf from '@tensorflow/tfjs-core';

import { forTurns } from './for-turns.mjs';
import { LONG_ATTENTION } from './workloads.mjs';

const { nHead, headDim, length, block, group: groupLength, turns } = LONG_ATTENTION;
const [kind] = process.argv.slice(2);
await nativeEngine.load();
const width = nHead * headDim;
const shape = { batch: 1, nHead };
const KINDS = {
  causal: (qkv) => attention(qkv, shape, { kind: 'causal' }),
  local: (qkv) => attention(qkv, shape, { kind: 'local', blockLength: block, blocksBack: 1 }),
  compressed: (qkv, keys, values) => compressedAttention(qkv, { groupLength, keys, values }, shape),
};
const rows =
  kind === 'compressed' ? [length, ...Array(2).fill(Math.ceil(length / groupLength))] : [length];
const inputs = rows.map((count, i) => tf.randomNormal([count, i === 0 ? 3 * width : width]));
const dy = tf.randomNormal([length, width]);
const gradients = tf.grads(KINDS[kind]);
step();
await forTurns(() => ({
  milliseconds: Array.from({ length: turns }, step),
  peakMegabytes: Math.round(process.resourceUsage().maxRSS / 1024),
}));

function step() {
  const start = performance.now();
  tf.dispose(gradients(inputs, dy));
  return Number((performance.now() - start).toFixed(2));
}
