import type * as tf from '@tensorflow/tfjs-core';

import type { Attributes, KernelEngine } from '../ops/define-op.js';
import type { ParameterStore, ParameterUpdate } from '../parameters/parameter-store.js';

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

/**
 * The loss of a batch and the gradient of every parameter as a list of kernels: forward, then backward, in
 * the order in which they run. It says nothing of an engine, which makes of it what it runs.
 */
export interface TrainingProgram {
  /** All values, each before the calls that read it; a value's number is its place here. */
  readonly values: readonly ProgramValue[];
  readonly calls: readonly ProgramCall[];
  /** The loss of the next tokens, a scalar. */
  readonly loss: number;
  /** The gradient of each parameter, by its name. */
  readonly gradients: Readonly<Record<string, number>>;
}

/** Numbers that a program reads or makes. */
export interface ProgramValue {
  /** Empty for a residual: only the engine knows what its kernel leaves there. */
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'int32';
  readonly source: ValueSource;
}

export type ValueSource =
  | { readonly kind: 'parameter'; readonly name: string }
  /** Numbers of the batch, which are other ones at every run. */
  | { readonly kind: 'input'; readonly name: string }
  /** Numbers that are the same for all batches of this shape. */
  | { readonly kind: 'constant'; readonly numbers: Float32Array | Int32Array }
  | { readonly kind: 'output'; readonly call: number };

/** A run of a kernel. */
export interface ProgramCall {
  /** The name that tfjs knows it by: that of an op of core, its `Grad`, or `Add`. */
  readonly kernel: string;
  /** The values that it reads, by the kernel's names. A gradient is given four residuals, whatever the kernel left. */
  readonly inputs: Readonly<Record<string, number>>;
  readonly attributes: Attributes;
  /** The result, then the residuals; or the gradients in the op's order. */
  readonly outputs: readonly number[];
  /** Whether a gradient follows, so that the kernel may prepare it. */
  readonly isDifferentiated: boolean;
  /** Whether its attribute `step`, which dropout draws from, is another one at every run. */
  readonly hasStep: boolean;
}
