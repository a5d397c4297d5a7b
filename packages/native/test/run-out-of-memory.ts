// Requests more memory than `ulimit -v` allows, and prints the error of each attempt and whether kernels
// still run.
import { crossEntropy } from '@ramble/core/engine';
import * as tf from '@tensorflow/tfjs-core';

import { nativeEngine } from '../src/engine.js';

await nativeEngine.load();
const attempts = [
  () => tf.fill([2 ** 30, 1], 1),
  // The input is small, but 64 rows have logits over sixteen million tokens.
  () => {
    const [hidden, projection] = [tf.ones<tf.Rank.R2>([64, 1]), tf.ones<tf.Rank.R2>([2 ** 24, 1])];
    return crossEntropy(hidden, projection, tf.zeros([64], 'int32'), tf.ones([64])).loss;
  },
  () => tf.sum(tf.matMul(tf.ones([65, 33]), tf.ones([33, 17]))),
];
for (const attempt of attempts) {
  try {
    console.log((await tf.tidy(attempt).data<'float32'>())[0]);
  } catch (error) {
    console.log(String(error));
  }
}
