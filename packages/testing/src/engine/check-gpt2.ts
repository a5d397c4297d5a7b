import { type Model, modelConfig, train, type TrainingBatch, trainingConfig } from '@ramble/core';
import type { CrossEntropyOptions } from '@ramble/core/engine';
import { memoryBytes } from '@ramble/core/files';
import { advance, batchLoss, createKvCache } from '@ramble/core/model';
import { loadGpt2, toGpt2Name } from '@ramble/runs/hugging-face';
import { openSafetensors } from '@ramble/runs/safetensors';
import * as tf from '@tensorflow/tfjs-core';

import { assertClose, assertEqual } from '../assert-close.js';
import {
  ACTIVATIONS,
  AFTER_10,
  BFLOAT16,
  GOLDEN,
  GRADIENTS,
  MODEL,
  MUON,
} from '../gpt2/gpt2-fixture.gen.js';
import { lossAndGradients, wholeLogits } from './check-training.js';
import { takeOptimizerSteps } from './check-updates.js';

const [B, T] = [2, 7];
const ALL = new Float32Array(B * T).fill(1);

/** Checks the logits of the tiny GPT-2 at every position against Hugging Face's. */
export async function checkLogits(): Promise<void> {
  const model = await tinyGpt2();
  const logits = wholeLogits(model, batchOf(GOLDEN.inputIds, GOLDEN.targets));
  const expected = await decodeTensors(ACTIVATIONS);
  assertClose('logits', logits, expected.get('logits') ?? [], { atol: 1e-4 });
  model.dispose();
}

/**
 * Checks the loss of the tiny GPT-2 against reference values: with all targets, ignored targets, weighted targets,
 * label smoothing, and inputs as labels.
 */
export async function checkLosses(): Promise<void> {
  const model = await tinyGpt2();
  const batch = batchOf(GOLDEN.inputIds, GOLDEN.targets);
  const masked = GOLDEN.maskedTargets.flat();
  const check = (
    name: string,
    expected: number,
    change: Partial<TrainingBatch> = {},
    options: CrossEntropyOptions = {},
  ): void => {
    const given = { ...batch, ...change };
    const total = given.weights.reduce((sum, weight) => sum + weight, 0);
    const [loss] = tf.tidy(() =>
      batchLoss(model.decoder, model.parameters.tensors(), given, total, options).loss.dataSync(),
    );
    assertClose(`loss, ${name}`, [loss], [expected], { atol: 1e-5 });
  };
  check('all positions', GOLDEN.loss);
  check('ignored targets', GOLDEN.lossMasked, {
    targets: Int32Array.from(masked, (id) => Math.max(0, id)),
    weights: Float32Array.from(masked, (id) => (id < 0 ? 0 : 1)),
  });
  check('weights', GOLDEN.lossWeighted, {
    weights: Float32Array.from(GOLDEN.positionWeights.flat()),
  });
  check('label smoothing', GOLDEN['lossLabelSmoothing0.1'], {}, { labelSmoothing: 0.1 });
  check('inputs as labels', GOLDEN.lossHFShifted, {
    targets: Int32Array.from(GOLDEN.inputIds.flatMap((row) => [...row.slice(1), 0])),
    weights: ALL.map((_, i) => (i % T === T - 1 ? 0 : 1)),
  });
  model.dispose();
}

/** Checks every entry of the gradient of every parameter of the tiny GPT-2 against PyTorch's. */
export async function checkGradients(): Promise<void> {
  const model = await tinyGpt2();
  const batch = batchOf(GOLDEN.inputIds, GOLDEN.targets);
  const expected = await decodeTensors(GRADIENTS);
  const { gradients } = lossAndGradients(model, batch);
  for (const [name, gradient] of Object.entries(gradients)) {
    const numbers = expected.get(toGpt2Name(name)) ?? [];
    assertClose(`gradient of ${name}`, gradient.dataSync(), numbers, { atol: 1e-4, rtol: 1e-3 });
  }
  tf.dispose(gradients);
  model.dispose();
}

/** Checks the logits of the tiny GPT-2 in decoding steps with the cache, one token at a time and in chunks. */
export async function checkCachedSteps(): Promise<void> {
  const model = await tinyGpt2();
  for (const chunks of GOLDEN.cached.chunksTried) {
    const cache = createKvCache(model.decoder, B);
    let done = 0;
    for (const chunk of chunks) {
      const feeds = GOLDEN.inputIds.map((tokens, slot) => ({
        slot,
        tokens: tokens.slice(done, done + chunk),
      }));
      const logits = advance(model, cache, feeds);
      done += chunk;
      const expected = GOLDEN.cached.stepLogits[done - 1].flat();
      assertClose(`logits after ${done} tokens`, logits, expected, { atol: 1e-4 });
    }
  }
  model.dispose();
}

/** Checks ten AdamW steps of the tiny GPT-2 against PyTorch: losses, gradient norms and final weights. */
export async function checkAdamW(): Promise<void> {
  const model = await tinyGpt2();
  const { adamw } = GOLDEN;
  const batches = adamw.inputs.map((inputs, step) => batchOf(inputs, adamw.targets[step]));
  takeOptimizerSteps(model, adamw, batches);
  await checkWeightsAfterTen(model);
  model.dispose();
}

/**
 * Checks the losses and gradient norms of 50 steps of Muon against PyTorch. The ten batches of `checkAdamW` are used
 * five times.
 */
export async function checkMuon(): Promise<void> {
  const model = await tinyGpt2();
  const { inputs, targets } = GOLDEN.adamw;
  const batches = MUON.losses.map((_, step) => batchOf(inputs[step % 10], targets[step % 10]));
  takeOptimizerSteps(model, MUON, batches, 1e-3);
  model.dispose();
}

/**
 * Checks 50 steps of AdamW in bf16: the losses must be within 0.5 % of PyTorch's losses with autocast and in float32,
 * and must differ from the losses in f32.
 */
export async function checkBfloat16(): Promise<void> {
  const losses = await lossesOf('bf16');
  assertClose('losses in bf16', losses, BFLOAT16.losses, { rtol: 5e-3 });
  assertClose('losses in bf16 and f32', losses, BFLOAT16.lossesFloat32, { rtol: 5e-3 });
  const plain = await lossesOf('f32');
  assertClose('losses in f32', plain, BFLOAT16.lossesFloat32, { rtol: 1e-4 });
  assertEqual(
    'losses differ',
    losses.slice(5).some((loss, i) => loss === plain[5 + i]),
    false,
  );
}

/** Trains the tiny GPT-2 as PyTorch did, and returns the losses before each step. */
async function lossesOf(precision: 'f32' | 'bf16'): Promise<number[]> {
  const model = await tinyGpt2();
  const config = trainingConfig({
    ...{ precision, batchSize: B, maxSteps: BFLOAT16.losses.length },
    ...{ learningRate: BFLOAT16.lr, schedule: 'constant', warmupSteps: 0 },
    ...{ beta1: 0.9, beta2: 0.95, weightDecay: BFLOAT16.weightDecay2D },
  });
  const { inputs, targets } = GOLDEN.adamw;
  const batch = (n: number): Promise<TrainingBatch> =>
    Promise.resolve(batchOf(inputs[n % 10], targets[n % 10]));
  const losses: number[] = [];
  const clock = { now: () => 0 };
  for await (const report of train({ model, config, batches: { batch }, clock })) {
    if (report.kind === 'step') losses.push(report.loss);
  }
  model.dispose();
  return losses;
}

/**
 * Compares the weights after ten steps, except the bias of the keys. The softmax cancels that bias, so its
 * gradient is only rounding, and Adam divides the gradient by its own size. Even PyTorch's float32 differs by
 * 2.3e-3.
 */
async function checkWeightsAfterTen({ config, parameters }: Model): Promise<void> {
  const expected = await decodeTensors(AFTER_10);
  for (const { name } of parameters.specs) {
    const [actual, numbers] = [parameters.read(name), expected.get(toGpt2Name(name)) ?? []];
    const C = config.nEmbd;
    if (name.endsWith('qkv.bias')) actual.set(Array.from(numbers).slice(C, 2 * C), C);
    assertClose(name, actual, numbers, { atol: 2e-4 });
  }
}

function batchOf(inputs: readonly number[][], targets: readonly number[][]): TrainingBatch {
  return {
    batchSize: B,
    tokens: Int32Array.from(inputs.flat()),
    targets: Int32Array.from(targets.flat()),
    weights: ALL,
  };
}

/** Makes a tiny random GPT-2 on the current backend. Hugging Face has computed its numbers; see `GOLDEN`. */
export async function tinyGpt2(): Promise<Model> {
  const config = modelConfig({ vocabSize: 31, contextLength: 16, nEmbd: 12, nLayer: 2, nHead: 3 });
  return loadGpt2(await openSafetensors(memoryBytes('tiny GPT-2', decodeBase64(MODEL))), config);
}

/** Decodes the tensors of a safetensors file in base64, by name. */
async function decodeTensors(base64: string): Promise<ReadonlyMap<string, Float32Array>> {
  const file = await openSafetensors(memoryBytes('fixture', decodeBase64(base64)));
  const tensors = new Map<string, Float32Array>();
  for (const name of file.tensors.keys()) tensors.set(name, await file.read(name));
  return tensors;
}

function decodeBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
