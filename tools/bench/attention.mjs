/**
 * Times only the attention of the engine native, forward and backward, as attention.py does with PyTorch:
 *   attention.mjs causal|local|compressed HEADS LENGTH STEPS
 * Measures once, or once for every line on standard input; prints a line of JSON each time.
 */
import { attention, blockMask, compressedAttention } from '@ramble/core/engine';
import { nativeEngine } from '@ramble/native';
import * as tf from '@tensorflow/tfjs-core';

import { timeSteps } from './time-steps.mjs';
import { ATTENTION } from './workloads.mjs';

const { headDim, blockLength, groupLength } = ATTENTION;
const [kind, ...sizes] = process.argv.slice(2);
const [nHead, length, steps] = sizes.map(Number);
await nativeEngine.load();
const width = nHead * headDim;
const shape = { batch: 1, nHead };
const KINDS = {
  causal: (qkv) => attention(qkv, shape),
  local: (qkv) => attention(qkv, shape, blockMask(blockLength, 1)),
  compressed: (qkv, keys, values) => compressedAttention(qkv, { groupLength, keys, values }, shape),
};
const memory = () => tf.randomNormal([Math.ceil(length / groupLength), width]);
const inputs = [
  tf.randomNormal([length, 3 * width]),
  ...(kind === 'compressed' ? [memory(), memory()] : []),
];
const dy = tf.randomNormal([length, width]);
const gradients = tf.grads(KINDS[kind]);
await timeSteps(() => tf.dispose(gradients(inputs, dy)), steps);
