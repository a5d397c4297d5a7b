/**
 * CPU time of a training step on an engine of this package, with all kernels and with each op in
 * its composed form instead.
 *
 *     npx tsc -b && node bench/train-step.mjs wasm A      # or cpu; A or nano; a dropout rate
 */
import {
  createModel,
  cropBatches,
  MODEL_PRESETS,
  memoryTokens,
  train,
  trainingConfig,
} from '@ramble/core';
import * as tf from '@tensorflow/tfjs-core';
import { cpuEngine, wasmEngine } from '../dist/index.js';

const [name = 'wasm', size = 'A', dropout = '0'] = process.argv.slice(2);
const engine = { cpu: cpuEngine, wasm: wasmEngine }[name];
const preset = { A: MODEL_PRESETS.micro, nano: MODEL_PRESETS.nano }[size];
const shape = { vocabSize: 65, ...preset };
const OPS = ['FusedLinear', 'LayerNorm', 'Attention', 'Embedding', 'CrossEntropy'];
const steps = name === 'cpu' ? 4 : 12;

await engine.load();
const whole = await fastestStep();
console.log(`${name}, model ${size}, dropout ${dropout}: ${whole.toFixed(0)} ms a step`);
for (const op of OPS) {
  await engine.load();
  compose([op]);
  console.log(`  without ${op}: ${(await fastestStep()).toFixed(0)} ms`);
}
compose(OPS.slice(0, -1)); // the last one is gone already
console.log(`  without any: ${(await fastestStep()).toFixed(0)} ms`);

/** Unregisters the kernels of ops, so that core's composed forms run instead. */
function compose(ops) {
  for (const kernel of ops.flatMap((op) => [op, `${op}Grad`])) {
    tf.unregisterKernel(kernel, tf.getBackend());
  }
}

/** Returns the lowest CPU time of a step in milliseconds. The work of other programs does not count. */
async function fastestStep() {
  const source = memoryTokens(Array.from({ length: 10_000 }, (_, i) => (i * i * 7 + i * 3) % 65));
  const batches = cropBatches(source, { contextLength: 64, batchSize: 12, seed: 0 });
  const config = trainingConfig({ batchSize: 12, maxSteps: steps, dropout: Number(dropout) });
  const model = createModel(shape);
  let fastest = Infinity;
  let before = process.cpuUsage();
  for await (const report of train({ model, config, batches, clock: performance })) {
    if (report.kind !== 'step') continue;
    const { user, system } = process.cpuUsage(before);
    fastest = Math.min(fastest, (user + system) / 1000);
    before = process.cpuUsage();
  }
  model.dispose();
  return fastest;
}
