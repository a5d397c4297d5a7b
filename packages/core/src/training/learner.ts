import * as tf from '@tensorflow/tfjs-core';

import { remembersSegments } from '../attention/attention-layers.js';
import type { SegmentMemory } from '../attention/segment-memory.js';
import type { ModelConfig } from '../config/model-config.js';
import type { TrainingConfig } from '../config/training-config.js';
import { checkBatch, type TrainingBatch } from '../model/forward.js';
import type { Model } from '../model/model.js';
import { currentEngine } from '../ops/current-engine.js';
import { type Computation, recordProgram } from '../program/record-program.js';
import type { ReadyProgram, Trainer, TrainingEngine } from '../program/training-engine.js';
import {
  batchGradients,
  type LossAndGradients,
  lossAndGradients,
  passOptions,
} from './gradients.js';
import { targetsOf, type TargetTokens, targetTokens } from './objective.js';
import { planUpdate } from './update-plan.js';

/** Computes gradients of one model again and again. */
export interface Learner {
  /**
   * What `lossAndGradients` returns, to the last bit. Its gradients are the learner's, until the next call
   * or `release`.
   */
  lossAndGradients(
    batches: readonly TrainingBatch[],
    config: TrainingConfig,
    firstIndex: number,
    memory?: SegmentMemory,
  ): LossAndGradients;
  /** Gives up the gradients. */
  release(): void;
  dispose(): void;
}

/** Programs that are kept, of batches of different lengths. */
const MOST_PROGRAMS = 256;

/**
 * Makes a learner, on the engine in use. Where the engine runs training programs, one is recorded for each
 * shape of batch; tfjs's tape is for all else.
 */
export function createLearner(model: Model): Learner {
  // The cast: an engine may be all that a room of core asks for.
  const engine = currentEngine() as TrainingEngine | undefined;
  const trainer = remembersSegments(model.config)
    ? undefined // the memory of segments is the tape's
    : engine?.createTrainer?.(model.parameters);
  const programs = trainer && programsOf(model, trainer);
  let gradients: LossAndGradients['gradients'] = {};
  const release = (): void => {
    tf.dispose(gradients);
    gradients = {};
  };
  return {
    lossAndGradients: (batches, config, firstIndex, memory) => {
      release();
      const ran = programs?.run(batches, config, firstIndex);
      if (ran) return ran;
      const taped = lossAndGradients(model, batches, config, firstIndex, memory);
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

/** The programs of a model, by the shape of their batches. */
function programsOf(
  model: Model,
  trainer: Trainer,
): { run: (...update: Parameters<Learner['lossAndGradients']>) => LossAndGradients | undefined } {
  const known = new Map<string, ReadyProgram | undefined>();
  const find = (
    batch: TrainingBatch,
    config: TrainingConfig,
    layers: readonly number[],
  ): ReadyProgram | undefined => {
    const key = keyOf(batch, config, layers);
    if (known.has(key)) return known.get(key);
    if (known.size >= MOST_PROGRAMS) known.clear();
    const program = recordTraining(model, batch, config, layers);
    const ready = program && trainer.prepare(program);
    known.set(key, ready);
    return ready;
  };
  return {
    run: (batches, config, firstIndex) => {
      const { totals, layers } = planUpdate(model, batches, config, firstIndex);
      const ready = batches.map((batch) => find(batch, config, layers));
      if (!ready.every((program) => program !== undefined)) return undefined;
      let loss = 0;
      batches.forEach((batch, i) => {
        checkBatch(model.config, batch);
        const targets = targetTokens(model.config, batch, totals, config);
        const options = { step: firstIndex + i, adds: i > 0 };
        loss += ready[i].run(inputsOf(batch, targets), options);
      });
      return { loss, gradients: trainer.gradients };
    },
  };
}

/** All that a program depends on: the batch's shape, and what the settings say of a pass. */
function keyOf(batch: TrainingBatch, config: TrainingConfig, layers: readonly number[]): string {
  const { batchSize, tokens, lengths, prefixLengths } = batch;
  const { dropout, seed, recompute, secondTarget } = config;
  const { labelSmoothing, smoothingRule, zLoss } = config;
  return JSON.stringify([
    ...[batchSize, tokens.length, lengths !== undefined, prefixLengths !== undefined, layers],
    ...[dropout, seed, recompute, secondTarget, labelSmoothing, smoothingRule, zLoss],
  ]);
}

/** The numbers of a batch by name. */
function inputsOf(
  { tokens, lengths, prefixLengths }: TrainingBatch,
  targets: readonly TargetTokens[],
): Record<string, Float32Array | Int32Array> {
  return {
    tokens,
    ...(lengths && { lengths }),
    ...(prefixLengths && { prefixLengths }),
    ...Object.fromEntries(
      targets.flatMap(({ ids, weights }, i) => [
        [`targets.${i}`, ids],
        [`weights.${i}`, weights],
      ]),
    ),
  };
}

/** Records the program of batches of this shape. */
export function recordTraining(
  { config: model, parameters: { specs } }: Pick<Model, 'config' | 'parameters'>,
  batch: TrainingBatch,
  config: TrainingConfig,
  layers: readonly number[],
): ReturnType<typeof recordProgram> {
  const computation = (number: 0 | 1): Computation => {
    return (parameters, input) => {
      const sample = sampleOf(model, batch, number);
      const tokens = targetTokens(model, sample, { next: 1 + number, second: 1 + number }, config);
      for (const [name, numbers] of Object.entries(inputsOf(sample, tokens))) input(name, numbers);
      const objective = { layers, targets: targetsOf(model, parameters, tokens) };
      const learning = { config: model, specs, parameters };
      return batchGradients(learning, sample, objective, passOptions(config, number));
    };
  };
  return recordProgram(specs, [computation(0), computation(1)]);
}

/** One of two batches of this shape that differ in all their numbers. */
function sampleOf(
  { vocabSize }: ModelConfig,
  { tokens, batchSize, lengths, prefixLengths }: TrainingBatch,
  number: 0 | 1,
): TrainingBatch {
  const T = tokens.length / batchSize;
  const ids = (): Int32Array => new Int32Array(tokens.length).fill(Math.min(number, vocabSize - 1));
  return {
    batchSize,
    tokens: ids(),
    targets: ids(),
    weights: new Float32Array(tokens.length).fill(1 + number),
    lengths: lengths && new Int32Array(batchSize).fill(T - number),
    prefixLengths: prefixLengths && new Int32Array(batchSize).fill(number),
  };
}
