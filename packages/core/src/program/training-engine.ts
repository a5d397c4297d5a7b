import type * as tf from '@tensorflow/tfjs-core';

import type { Attributes, KernelEngine } from '../ops/define-op.js';
import type { ParameterStore, ParameterUpdate } from '../parameters/parameter-store.js';
import type { ParameterSpec } from '../parameters/parameter.js';

/** Optional hooks by which an engine trains faster than the gradient tape of tfjs. */
export interface TrainingEngine extends KernelEngine {
  /**
   * Instruction sets between which the engine can switch. They affect the last digits of results, so ranks that train
   * together use the same one.
   */
  readonly instructionSets?: InstructionSets;
  /**
   * Makes the trainer that runs training programs on the parameters of a store. Without this function, or if it
   * returns undefined for a store, the gradient tape of tfjs runs kernel by kernel.
   */
  readonly createTrainer?: (parameters: ParameterStore) => Trainer | undefined;
}

/** Instruction sets that an engine can use on this processor. */
export interface InstructionSets {
  /** Names of the instruction sets, the best first. The first one is in use by default. */
  readonly names: readonly string[];
  /** Returns the name of the instruction set in use. */
  readonly inUse: () => string;
  /** Switches to another instruction set, by its name. */
  readonly use: (name: string) => void;
}

/** Runs training programs that share parameters, memory and gradients. */
export interface Trainer {
  /**
   * Gradients of all parameters by name, summed over the micro-batches of an update. They are complete after the last
   * run of a program in the update. The trainer owns the tensors.
   */
  readonly gradients: Readonly<Record<string, tf.Tensor>>;
  /**
   * Prepares the program of a batch shape, which `recordProgram` records.
   *
   * @returns `undefined` if the shape has no program, or the engine has no kernel for one of its calls.
   */
  prepare(given: BatchComputations): ReadyProgram | undefined;
  dispose(): void;
}

/**
 * Two example computations of the same batch shape with different numbers, and the specs of the parameters that they
 * read. `recordProgram` compares the two.
 */
export interface BatchComputations {
  readonly specs: readonly ParameterSpec[];
  readonly computations: readonly [Computation, Computation];
}

/**
 * Computes the loss and the gradients of one batch, which represents all batches of its shape.
 *
 * @param input - Registers the name of an array of the batch, before a tensor is made from the array.
 */
export type Computation = (
  parameters: Readonly<Record<string, tf.Tensor>>,
  input: (name: string, numbers: Float32Array | Int32Array) => void,
) => {
  readonly loss: tf.Tensor;
  readonly gradients: Readonly<Record<string, tf.Tensor>>;
};

/** A training program that is ready to run. */
export interface ReadyProgram {
  /**
   * Computes the gradients of a micro-batch.
   *
   * @param inputs - The numbers of the batch by name, checked by the caller.
   * @param options - `step` is the step of dropout, in micro-batches. `isFirst` is whether the run is the
   *   first of an update. `additions` is the number of pending sums, the newest first, to add to these
   *   gradients; the result is then the newest pending sum. After the last run of an update, a single sum is
   *   left. `onSummed` is called with the gradients of each of `gradientBuckets`, in that order and in their
   *   memory layout, when their sum is complete. `update` is given only in the last run of an update, and is
   *   applied after the gradients. Nothing changes if this loss or the norm of the gradients is not finite.
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

/** Results of a run of a training program. */
export interface ProgramResult {
  /** The loss of the next tokens. */
  readonly loss: number;
  /** Norm of the gradients before clipping, if the run applied an update; NaN for a loss that is not finite. */
  readonly gradientNorm?: number;
}

/**
 * A list of kernels that computes the loss of a batch and the gradient of every parameter: forward, then backward, in
 * the order in which they run. The list is independent of the engine, which translates it to its own form.
 */
export interface TrainingProgram {
  /**
   * All values that the program reads or computes, each before the calls that read it. Calls refer to a value by its
   * index.
   */
  readonly values: readonly ProgramValue[];
  readonly calls: readonly ProgramCall[];
  /** Index, in `values`, of the scalar with the loss of the next tokens. */
  readonly loss: number;
  /** Index, in `values`, of the gradient of each parameter, by the parameter's name. */
  readonly gradients: Readonly<Record<string, number>>;
}

/** A tensor that a program reads or computes. */
export interface ProgramValue {
  /** Shape of the tensor; empty for a residual, whose shape only the engine determines. */
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'int32';
  readonly source: ValueSource;
}

export type ValueSource =
  | { readonly kind: 'parameter'; readonly name: string }
  /** Numbers of the batch, which differ in every run. */
  | { readonly kind: 'input'; readonly name: string }
  /** Numbers that are the same for all batches of this shape. */
  | { readonly kind: 'constant'; readonly numbers: Float32Array | Int32Array }
  | { readonly kind: 'output'; readonly call: number };

/** A call of a kernel. */
export interface ProgramCall {
  /** Name of the kernel in tfjs: an op of core, its `Grad`, or `Add`. */
  readonly kernel: string;
  /**
   * Indices of the operands in `values`, by the kernel's names. A gradient always has four residuals, even if the
   * kernel returns fewer.
   */
  readonly inputs: Readonly<Record<string, number>>;
  readonly attributes: Attributes;
  /**
   * Indices, in `values`, of the values that the call computes. For a forward kernel: the result, then the residuals.
   * For a gradient kernel: the gradients, in the order of `OpDefinition.differentiable`.
   */
  readonly outputs: readonly number[];
  /** Whether a call of the kernel's gradient follows, so that the kernel may compute parts of it in advance. */
  readonly isDifferentiated: boolean;
  /** Whether the attribute `step`, which selects dropout's random numbers, differs in every run. */
  readonly hasStep: boolean;
}
