import type * as tf from '@tensorflow/tfjs-core';

import type { KernelEngine } from '../ops/current-engine.js';
import type { ParameterStore, ParameterUpdate } from '../parameters/parameter-store.js';
import type { TrainingProgram } from './training-program.js';

/** An engine as training sees it. */
export interface TrainingEngine extends KernelEngine {
  /** What its numbers depend on in the last digits: ranks that train together use the same. */
  readonly instructionSets?: InstructionSets;
  /**
   * Makes what runs training programs on the parameters of a store; without it, or where it returns
   * nothing for this store, tfjs's tape runs kernel by kernel.
   */
  readonly createTrainer?: (parameters: ParameterStore) => Trainer | undefined;
}

/** The sets of instructions that an engine can compute with on this processor. */
export interface InstructionSets {
  /** Best first; the first is in use. */
  readonly names: readonly string[];
  /** Computes with another one from now on. */
  readonly use: (name: string) => void;
}

/** Runs training programs that share parameters, memory and gradients. */
export interface Trainer {
  /** The gradients of all parameters, the sum of an update's, after its last run; they are the trainer's. */
  readonly gradients: Readonly<Record<string, tf.Tensor>>;
  /** Prepares a program; `undefined` where the engine has no kernel for one of its calls. */
  prepare(program: TrainingProgram): ReadyProgram | undefined;
  dispose(): void;
}

/** A training program that is ready to run. */
export interface ReadyProgram {
  /**
   * Computes the gradients of a micro-batch.
   *
   * @param inputs - The numbers of the batch by name, which the caller has checked.
   * @param options - `step` is that of dropout, in micro-batches; `isFirst` says whether an update begins;
   *   `additions` is the number of sums of runs before, those that have waited the shortest, that are
   *   added to these gradients. The sum waits then, until after the last run of an update it is the only
   *   one. `onSummed` is told the gradients of each of `gradientBuckets`, as they lie in memory, in their
   *   order, as soon as nothing is added to them any more. `update`, of an update's last run alone, follows
   *   on the gradients; nothing changes where this loss or their norm is not finite.
   */
  run(
    inputs: Readonly<Record<string, Float32Array | Int32Array>>,
    options: {
      readonly step: number;
      readonly isFirst: boolean;
      readonly additions: number;
      readonly onSummed?: (gradients: Float32Array) => void;
      readonly update?: ParameterUpdate;
    },
  ): ProgramResult;
}

/** What a run of a training program came to. */
export interface ProgramResult {
  /** The loss of the next tokens. */
  readonly loss: number;
  /** Norm of the gradients before clipping, where an update followed; NaN for a loss that is not finite. */
  readonly gradientNorm?: number;
}
