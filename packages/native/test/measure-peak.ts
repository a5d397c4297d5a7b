// Prints the maximum growth of the process in bytes over the work that $WORK names.
import { readFileSync } from 'node:fs';

import { createModel, train, trainingConfig } from '@ramble/core';
import { attention, crossEntropy } from '@ramble/core/engine';
import * as tf from '@tensorflow/tfjs-core';

import { nativeEngine } from '../src/engine.js';

const WORKS: Readonly<Record<string, () => unknown>> = {
  attention: () => {
    const qkv = tf.ones<tf.Rank.R2>([8192, 3 * 8]);
    return tf.grad((x) => attention(x as tf.Tensor2D, { batch: 1, nHead: 1 }))(qkv); // qkv
  },
  crossEntropy: () => {
    const [hidden, projection] = [tf.ones<tf.Rank.R2>([2000, 8]), tf.ones<tf.Rank.R2>([50257, 8])];
    const lossOf = (h: tf.Tensor, p: tf.Tensor): tf.Tensor =>
      crossEntropy(
        h as tf.Tensor2D,
        p as tf.Tensor2D,
        tf.zeros([2000], 'int32'),
        tf.ones([2000]),
      ) // as above
      .loss;
    return tf.grads(lossOf)([hidden, projection]);
  },
  training: () => trainDeep(false),
  recompute: () => trainDeep(true),
};

async function trainDeep(recompute: boolean): Promise<void> {
  const shape = { vocabSize: 33, contextLength: 256, nLayer: 12, nHead: 4, nEmbd: 128 };
  const size = 8 * shape.contextLength;
  const batch = {
    batchSize: 8,
    tokens: Int32Array.from({ length: size }, (_, i) => (i * 7) % 33),
    targets: Int32Array.from({ length: size }, (_, i) => (i * 7 + 7) % 33),
    weights: new Float32Array(size).fill(1),
  };
  const steps = train({
    model: createModel(shape),
    config: trainingConfig({ maxSteps: 2, recompute }),
    batches: { batch: () => Promise.resolve(batch) },
    clock: { now: () => 0 },
  });
  for await (const report of steps) if (report.kind === 'step' && report.step === 2) return;
}

await nativeEngine.load();
tf.dispose(tf.matMul(tf.ones([9, 9]), tf.ones([9, 9]))); // threads and scratch
const before = process.memoryUsage.rss();
await WORKS[process.env.WORK ?? '']();
console.log(peak() - before);

/** Peak memory of this program in bytes. On Linux, `maxRSS` starts at the value of the parent process. */
function peak(): number {
  if (process.platform !== 'linux') return 1024 * process.resourceUsage().maxRSS;
  return 1024 * Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
}
