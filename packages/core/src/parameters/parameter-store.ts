import * as tf from '@tensorflow/tfjs-core';

import type { KernelEngine } from '../ops/define-op.js';
import type { Slot, UpdateRule } from './optimizer.js';
import type { ParameterSpec } from './parameter.js';
import type { PieceUpdates } from './update-pieces.js';
import type { StoredNumbers } from './weight-format.js';

/** An update of all parameters from gradients that are known. */
export interface ParameterUpdate {
  readonly rule: UpdateRule;
  /** Maximum norm of all gradients together; 0 for no limit. */
  readonly clipNorm: number;
}

/** Numbers that an update of parameters, or of pieces of them, changes in place, in their order. */
export interface UpdatedNumbers {
  /** 1 for each of them that weight decay applies to, else 0. */
  readonly decays: Uint8Array;
  /** One array for each. */
  readonly values: readonly Float32Array[];
  /** A slot that the rule uses, one after the other. */
  readonly slot: (slot: Slot) => Float32Array;
}

/**
 * The learned numbers of a model and what its optimizer remembers of them, updated in place: tfjs
 * tensors never change, so tensors of the values are views that end with the next update.
 */
export interface ParameterStore {
  readonly specs: readonly ParameterSpec[];
  /** The current values by name; the store disposes of them, at the next `update` or `write`. */
  tensors(): Readonly<Record<string, tf.Tensor>>;
  /**
   * Applies an update from one gradient per parameter, clipped together to `clipNorm` (0: not at
   * all). Nothing changes when the norm is not finite.
   *
   * @returns the norm of all gradients before clipping.
   */
  update(
    gradients: Readonly<Record<string, tf.Tensor>>,
    rule: UpdateRule,
    clipNorm: number,
  ): number;
  /**
   * Disposes of the tensors of all values, and returns the arrays that an update changes, for an engine whose
   * training programs include the update. Absent if the store does not have its numbers in such arrays.
   *
   * @throws Error if the store keeps the moments of only some parameters.
   */
  readonly beginUpdate?: () => UpdatedNumbers;
  /** The update in pieces, for ranks that shard it; absent if the engine updates all parameters at once. */
  readonly pieces?: PieceUpdates;
  /** A copy of a parameter's values, or of a slot (zeros before the first update), row-major. */
  read(name: string, slot?: Slot): Float32Array;
  /**
   * Overwrites the values of a parameter.
   *
   * @throws RangeError when the length is not the parameter's.
   */
  write(name: string, values: Float32Array, slot?: Slot): void;
  /** The stored numbers of a parameter, not copied, for engines that read them in place. */
  stored?(name: string): StoredNumbers;
  /** Number format of the activations in products with the weights; `f32` by default. */
  readonly activations?: ActivationKind;
  dispose(): void;
}

/** Makes a store of zeros. */
export type ParameterStoreFactory = (specs: readonly ParameterSpec[]) => ParameterStore;

/** An engine as parameters see it. */
export interface ParameterEngine extends KernelEngine {
  /** Makes the store of a model's parameters; without it they lie in JavaScript arrays. */
  readonly createParameterStore?: ParameterStoreFactory;
  /** Rounds to 16-bit floats faster than plain JavaScript. */
  readonly roundToFloat16?: Float16Rounding;
}

/**
 * Rounds numbers as `encodeFloat16` does, from the first one on, as long as they are finite and stay so.
 *
 * @returns how many it has rounded; it may leave the others to the caller.
 */
export type Float16Rounding = (values: Float32Array, into: Uint16Array) => number;

/** Tensors of a store's values, made on request and kept until the values change. */
export interface ShownTensors {
  readonly tensors: () => Readonly<Record<string, tf.Tensor>>;
  /** Disposes of the tensors; `tensors` then makes new ones. */
  readonly release: () => void;
}

/**
 * Tensors of the current values of parameters, made on demand.
 *
 * @param tensorOf - Makes the tensor of a parameter's current values.
 */
export function shownTensors(
  specs: readonly ParameterSpec[],
  tensorOf: (spec: ParameterSpec) => tf.Tensor,
): ShownTensors {
  let shown: Record<string, tf.Tensor> | undefined;
  return {
    tensors: () =>
      (shown ??= Object.fromEntries(specs.map((spec) => [spec.name, tf.keep(tensorOf(spec))]))),
    release: () => {
      tf.dispose(shown);
      shown = undefined;
    },
  };
}

/** The kinds of numbers that the inputs of products can be rounded to. */
export const ACTIVATION_KINDS = ['f32', 'int8'] as const;

/**
 * Number format of activations in products with weights: 32-bit floats, or 8-bit integers with a scale for every
 * 32 inputs, as in llama.cpp's Q8_0. Integers are faster for prompts and batches, and less exact.
 */
export type ActivationKind = (typeof ACTIVATION_KINDS)[number];
