/**
 * Times whole training steps of a model of workloads.mjs, as train_step.py does with PyTorch:
 *   train-step.mjs ENGINE MODEL [steps] [bf16]
 * The engine is native, tensorflow, wasm or cpu, or tfjs-node: Google's package, with only the optimizer's kernel
 * of this project. Measures once, or once for every line on standard input; prints a line of JSON each time.
 */
import { createRequire } from 'node:module';

import { createModel, train, trainingConfig } from '@ramble/core';
import { registerComposedKernels } from '@ramble/core/engine';
import * as tf from '@tensorflow/tfjs-core';

import { repeatedBatch, timeSteps } from './time-steps.mjs';
import { BATCH_SIZES, MODELS } from './workloads.mjs';

const PACKAGES = { 'tfjs-node': 'tensorflow', wasm: 'portable', cpu: 'portable' };
const [engine, name, steps = '10', precision = 'f32'] = process.argv.slice(2);
await load();
const reports = stepsOf(name);
await timeSteps(() => reports.next(), Number(steps), { warmUp: 3, versions: versionsOf(engine) });

async function load() {
  const engines = Object.values(await import(`@ramble/${PACKAGES[engine] ?? engine}`));
  const wanted = engine === 'tfjs-node' ? 'tensorflow' : engine;
  await engines.find((exported) => exported.name === wanted).load();
  if (engine === 'tfjs-node') registerComposedKernels(tf.getBackend());
}

/** Returns the version of Google's package, or ramble's version for its engines. */
function versionsOf(name) {
  if (name !== 'tfjs-node') return undefined;
  const manifest = createRequire(import.meta.url)('@tensorflow/tfjs-node/package.json');
  return { [name]: manifest.version };
}

function stepsOf(workload) {
  const [config, batchSize] = [MODELS[workload], BATCH_SIZES[workload] ?? 1];
  const batch = repeatedBatch(config, batchSize);
  return train({
    model: createModel(config, { seed: 1 }),
    config: trainingConfig({
      batchSize,
      maxSteps: 1_000_000,
      saveInterval: 1_000_000,
      evalInterval: 1_000_000,
      dropout: 0,
      gradClip: 1,
      precision,
    }),
    batches: { batch: () => Promise.resolve(batch) },
    clock: performance,
  });
}
