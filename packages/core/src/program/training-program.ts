import type { Attributes } from '../ops/define-op.js';

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
