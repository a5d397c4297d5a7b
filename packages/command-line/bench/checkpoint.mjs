/**
 * Saves, loads and resumes GPT-2 small in a folder, and prints speed and memory. The disk is part of
 * it: compare with `dd if=/dev/zero of=FILE bs=4M count=356 conv=fsync`. Takes 5 GB for a while.
 *
 *     npx tsc -b && node bench/checkpoint.mjs FOLDER
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { clearInterval, setInterval } from 'node:timers';

import { createModel, MODEL_PRESETS, modelConfig, trainingConfig } from '@ramble/core';
import { countParameters } from '@ramble/core/model';
import { NEW_TRAINING } from '@ramble/core/training';

import { folderStorage } from '@ramble/runs/node';
import { createRun, loadRun, resumeRun, saveCheckpoint } from '@ramble/runs';
import { openSafetensors, writeSafetensors } from '@ramble/runs/safetensors';

const [, , parent] = process.argv;
if (parent === undefined) {
  console.error('usage: node bench/checkpoint.mjs FOLDER');
  process.exit(2);
}
const folder = join(parent, `checkpoint-bench-${process.pid}`);
const storage = folderStorage(folder);
const config = modelConfig({ ...MODEL_PRESETS.gpt2, vocabSize: 50257 });
const megabytes = (4 * countParameters(config)) / 1e6;
const memory = () => process.memoryUsage().rss / 1e6;

async function measure(name, size, run) {
  const before = memory();
  let peak = before;
  const timer = setInterval(() => (peak = Math.max(peak, memory())), 2);
  const start = performance.now();
  const result = await run();
  const seconds = (performance.now() - start) / 1000;
  clearInterval(timer);
  const speed = `${size.toFixed(0)} MB in ${seconds.toFixed(2)} s, ${(size / seconds).toFixed(0)} MB/s`;
  console.log(`${name}: ${speed}; ${(peak - before).toFixed(0)} MB above ${before.toFixed(0)} MB`);
  return result;
}

try {
  const run = await createRun(storage, {
    domain: { name: 'bench', options: {}, files: {} },
    model: config,
    training: trainingConfig(),
    data: {},
    engine: 'cpu',
  });
  const { parameters, ...model } = createModel(config);
  for (const { name } of parameters.specs) {
    for (const slot of ['mean', 'variance']) parameters.write(name, parameters.read(name), slot);
  }
  for (const step of [1, 2, 3]) {
    const state = { ...NEW_TRAINING, step };
    await measure('saveCheckpoint', 3 * megabytes, () =>
      saveCheckpoint(run, { ...model, parameters }, state),
    );
  }
  for (const dtype of ['F32', 'F16', 'BF16']) {
    const size = megabytes * (dtype === 'F32' ? 1 : 0.5);
    const tensors = parameters.specs.map((spec) => ({
      ...spec,
      values: () => parameters.read(spec.name),
    }));
    await measure(`write ${dtype}`, size, () =>
      storage.writeFolder(dtype, {
        'model.safetensors': (sink) => writeSafetensors(sink, tensors, { dtype }),
      }),
    );
    const file = await storage.open(`${dtype}/model.safetensors`);
    const opened = await openSafetensors(file);
    await measure(`read ${dtype}`, size, async () => {
      for (const name of opened.tensors.keys()) await opened.read(name);
    });
    await file.close();
  }
  await measure('loadRun', megabytes, () => loadRun(storage));
  await measure('resumeRun', 3 * megabytes, () => resumeRun(storage));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
