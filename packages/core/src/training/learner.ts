import * as tf from '@tensorflow/tfjs-core';

import type { SegmentMemory } from '../attention/segment-memory.js';
import type { ModelConfig } from '../config/model-config.js';
import type { TrainingConfig } from '../config/training-config.js';
import { checkBatch, type TrainingBatch } from '../model/forward.js';
import type { Model } from '../model/model.js';
import { packRows } from '../model/row-packing.js';
import { checkHeads, parameterSpecs } from '../model/model-parameters.js';
import { currentEngine } from '../ops/define-op.js';
import type {
  BatchComputations,
  Computation,
  ReadyProgram,
  Trainer,
  TrainingEngine,
} from '../program/training-engine.js';
import {
  batchGradients,
  type LossAndGradients,
  lossAndGradients,
  passOptions,
  wholeUpdate,
} from './gradients.js';
import { computedBatches, targetsOf, type TargetTokens, targetTokens } from './objective.js';
import { planUpdate, sumInPairs, type UpdatePart } from './update-plan.js';

/** Loss and gradients, with the gradient norm if an update was applied. */
export interface Learned extends LossAndGradients {
  /** Norm of the gradients before clipping, if the call updated the parameters; it may not be finite. */
  readonly gradientNorm?: number;
}

/** Computes the gradients of one model, for any number of updates. */
export interface Learner {
  /**
   * Computes loss and gradients bit for bit as the function `lossAndGradients`. The learner owns the gradients,
   * which are valid until the next call or `release`. If the learner runs training programs, it also applies
   * `part.update`; a loss or a norm that is not finite leaves the parameters unchanged.
   */
  lossAndGradients(
    batches: readonly TrainingBatch[],
    config: TrainingConfig,
    firstIndex: number,
    memory?: SegmentMemory,
    part?: UpdatePart,
  ): Learned;
  /** Releases the gradients. */
  release(): void;
  dispose(): void;
}

/** Maximum number of training programs that a learner keeps, one for each shape of batch. */
const MAX_PROGRAMS = 256;

/**
 * Makes a learner on the current engine. If the engine runs training programs, one is recorded for each shape
 * of batch. The gradient tape of tfjs computes batches that have no program.
 */
export function createLearner(model: Model): Learner {
  const engine: TrainingEngine | undefined = currentEngine();
  const trainer = model.decoder.remembersSegments
    ? undefined // only the tape supports segment memory
    : engine?.createTrainer?.(model.parameters);
  const runPrograms = trainer && programsOf(model, trainer);
  let gradients: LossAndGradients['gradients'] = {};
  const release = (): void => {
    tf.dispose(gradients);
    gradients = {};
  };
  return {
    lossAndGradients: (batches, config, firstIndex, memory, part) => {
      release();
      const ran = runPrograms?.(batches, config, firstIndex, memory, part);
      if (ran) return ran;
      const taped = lossAndGradients(model, batches, config, firstIndex, memory, part);
      ({ gradients } = taped);
      return taped;
    },
    release,
    dispose: () => {
      release();
      trainer?.dispose();
    },
  };
}

/**
 * Returns a function that runs the training program for a batch. Programs are recorded once for each shape of batch.
 * The function returns `undefined` for shapes without a program.
 */
function programsOf(
  model: Model,
  trainer: Trainer,
): (...given: Parameters<Learner['lossAndGradients']>) => Learned | undefined {
  const known = new Map<string, ReadyProgram | undefined>();
  const find = (
    batch: TrainingBatch,
    config: TrainingConfig,
    layers: readonly number[],
  ): ReadyProgram | undefined => {
    const key = keyOf(batch, config, layers);
    if (known.has(key)) return known.get(key);
    checkHeads(model, config);
    if (known.size >= MAX_PROGRAMS) known.clear();
    const ready = trainer.prepare(batchComputations(model, batch, config, layers));
    known.set(key, ready);
    return ready;
  };
  return (given, config, firstIndex, _, part = wholeUpdate(given, config)) => {
    const { totals, share, onSummed, update } = part;
    const layers = planUpdate(model, given, config, firstIndex, totals);
    const batches = computedBatches(given, config);
    const ready = batches.map((batch) => find(batch, config, layers));
    if (!ready.every((program) => program !== undefined)) return undefined;
    const losses: number[] = [];
    let gradientNorm: number | undefined;
    batches.forEach((batch, i) => {
      checkBatch(model.config, batch);
      const targets = targetTokens(model.config, batch, totals, config);
      const isLast = i === batches.length - 1;
      const ran = ready[i].run(inputsOf(batch, targets), {
        step: firstIndex + i,
        isFirst: i === 0,
        additions: share.additions[i],
        ...(isLast && { onSummed, update: losses.every(Number.isFinite) ? update : undefined }),
      });
      losses.push(ran.loss);
      ({ gradientNorm } = ran);
    });
    if (update && !losses.every(Number.isFinite)) gradientNorm = NaN;
    return { loss: sumInPairs(losses, share), gradients: trainer.gradients, gradientNorm };
  };
}

/**
 * Returns the key of a training program in a cache. It contains everything on which a program depends: the batch's
 * shape, the training settings of a forward and backward pass, and the layers that predict.
 */
function keyOf(batch: TrainingBatch, config: TrainingConfig, layers: readonly number[]): string {
  const { batchSize, tokens, lengths, prefixLengths, packing } = batch;
  const { dropout, seed, recompute, secondTarget, precision } = config;
  const { labelSmoothing, smoothingRule, zLoss, rDrop } = config;
  return JSON.stringify([
    ...[
      batchSize,
      tokens.length,
      packing?.rows.length,
      lengths !== undefined,
      prefixLengths !== undefined,
      layers,
    ],
    ...[
      dropout,
      seed,
      recompute,
      secondTarget,
      labelSmoothing,
      smoothingRule,
      zLoss,
      rDrop,
      precision,
    ],
  ]);
}

/** Returns the arrays of a batch that a program reads, by name. */
function inputsOf(
  { tokens, lengths, prefixLengths, packing }: TrainingBatch,
  targets: readonly TargetTokens[],
): Record<string, Float32Array | Int32Array> {
  return {
    ...(packing ?? { tokens }),
    ...(lengths && { lengths }),
    ...(prefixLengths && { prefixLengths }),
    ...Object.fromEntries(targets.map(({ ids }, i) => [`targets.${i}`, ids])),
    ...Object.fromEntries(targets.map(({ weights }, i) => [`weights.${i}`, weights])),
  };
}

/** Returns the two computations from which the training program for batches with the shape of `batch` is recorded. */
export function batchComputations(
  {
    config: model,
    decoder,
    parameters: { specs },
  }: Pick<Model, 'config' | 'decoder' | 'parameters'>,
  batch: TrainingBatch,
  config: TrainingConfig,
  layers: readonly number[],
): BatchComputations {
  const computation = (number: 0 | 1): Computation => {
    return (parameters, input) => {
      const sample = sampleOf(model, batch, number);
      const tokens = targetTokens(model, sample, { next: 1 + number, second: 1 + number }, config);
      for (const [name, numbers] of Object.entries(inputsOf(sample, tokens))) input(name, numbers);
      const objective = { layers, targets: targetsOf(decoder, parameters, tokens) };
      const learning = { decoder, specs, parameters };
      return batchGradients(learning, sample, objective, passOptions(config, number));
    };
  };
  const frozen = decoder.adapters ? parameterSpecs(model) : [];
  return { specs: [...frozen, ...specs], computations: [computation(0), computation(1)] };
}

/**
 * Returns an artificial batch of the same shape as the given batch. All numbers of the batch with `number` 0 differ
 * from the numbers of the batch with `number` 1.
 */
function sampleOf(
  { vocabSize }: ModelConfig,
  { tokens, batchSize, lengths, prefixLengths, packing }: TrainingBatch,
  number: 0 | 1,
): TrainingBatch {
  const T = tokens.length / batchSize;
  const ids = (): Int32Array => new Int32Array(tokens.length).fill(Math.min(number, vocabSize - 1));
  const sample = {
    batchSize,
    tokens: ids(),
    targets: ids(),
    weights: new Float32Array(tokens.length).fill(1 + number),
    prefixLengths: prefixLengths && new Int32Array(batchSize).fill(number),
  };
  if (!packing)
    return { ...sample, lengths: lengths && new Int32Array(batchSize).fill(T - number) };
  // As many rows in the first sequences, or in the last ones.
  const own = Int32Array.from({ length: batchSize }, (_, i) =>
    Math.min(T, Math.max(0, packing.rows.length - i * T)),
  );
  if (number === 1) own.reverse();
  return { ...sample, lengths: own, packing: packRows({ ...sample, lengths: own }) };
}
