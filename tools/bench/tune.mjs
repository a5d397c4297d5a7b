/**
 * Compares a training step of LoRA adapters with PEFT, in turns, each in a process of its own:
 *   tune.mjs RUN [--rounds 3] [--tokens 512] [--rank 16]
 * RUN is an imported model, whose weights stay as they are stored; PEFT and the training of all of ramble's parameters
 * have it in 32 bits. Prints JSON: median seconds of a step after the first, peak megabytes, and their ratios to PEFT.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { trainingConfig } from '@ramble/core';
import { adaptModel } from '@ramble/core/model';
import { createLearner } from '@ramble/core/training';
import { nativeEngine } from '@ramble/native';
import { loadRun } from '@ramble/runs';
import { findRun } from '@ramble/runs/node';

import { median } from './numbers.mjs';

const STEPS = 4;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '3' },
    tokens: { type: 'string', default: '512' },
    rank: { type: 'string', default: '16' },
    steps: { type: 'string' },
  },
});
const [run] = positionals;
const tokens = Number(values.tokens);
if (values.steps === undefined) compare();
else console.log(JSON.stringify(await timeSteps(values.steps)));

function compare() {
  const folder = mkdtempSync(join(tmpdir(), 'ramble-tune-'));
  try {
    const model = join(folder, 'model');
    const ramble = fileURLToPath(new URL('../../apps/ramble/bin/ramble.js', import.meta.url));
    output(process.execPath, [ramble, 'text', 'export', '--model', run, '--out', model]);
    const self = [fileURLToPath(import.meta.url), run, '--tokens', values.tokens];
    const peft = fileURLToPath(new URL('../peers/run', import.meta.url));
    const contestants = {
      lora: () => output(process.execPath, [...self, '--rank', values.rank, '--steps', 'lora']),
      all: () => output(process.execPath, [...self, '--steps', 'all']),
      peft: () => output(peft, ['tune.py', model, values.tokens, values.rank, String(STEPS)]),
    };
    const found = { lora: [], all: [], peft: [] };
    for (let round = 0; round < Number(values.rounds); round++) {
      for (const [name, time] of Object.entries(contestants)) {
        found[name].push(JSON.parse(time().trim().split('\n').at(-1)));
      }
    }
    const medians = Object.entries(found).map(([name, each]) => {
      const [seconds, megabytes] = ['seconds', 'megabytes'].map((key) =>
        median(each.map((of) => of[key])),
      );
      return [name, { seconds, megabytes }];
    });
    const { lora, all, peft: other } = Object.fromEntries(medians);
    const speed = other.seconds / lora.seconds;
    const memory = {
      ofPeft: lora.megabytes / other.megabytes,
      ofAll: lora.megabytes / all.megabytes,
    };
    console.log(
      JSON.stringify(
        { processor: cpus()[0].model, lora, all, peft: other, speed, memory },
        null,
        2,
      ),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function output(command, args) {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status === 0) return stdout;
  throw new Error(`${command}: failed\n${stderr}`);
}

/** Returns the median seconds of updates after the first, and the peak memory of this process. */
async function timeSteps(what) {
  await nativeEngine.load();
  const { storage, step } = findRun(run);
  const isLora = what === 'lora';
  const loaded = await loadRun(storage, { step, weights: isLora ? 'as stored' : 'f32' });
  const config = trainingConfig({ maxSteps: STEPS, loraRank: isLora ? Number(values.rank) : 0 });
  const model = adaptModel(loaded.model, config, 0);
  const ids = Int32Array.from({ length: tokens }, (_, i) => (7 * i) % 40_000);
  const weights = new Float32Array(tokens).fill(1);
  const batch = { batchSize: 1, tokens: ids, targets: ids, weights };
  const learner = createLearner(model);
  const rule = {
    kind: 'adam',
    decay: 'decoupled',
    learningRate: 1e-4,
    beta1: 0.9,
    beta2: 0.95,
    eps: 1e-8,
    weightDecay: 0,
  };
  const seconds = [];
  for (let i = 0; i < STEPS; i++) {
    const start = performance.now();
    const { gradients } = learner.lossAndGradients([batch], config, i);
    model.parameters.update(gradients, { ...rule, count: i + 1 }, 1);
    seconds.push((performance.now() - start) / 1000);
  }
  return { seconds: median(seconds.slice(1)), megabytes: process.resourceUsage().maxRSS / 1000 };
}
