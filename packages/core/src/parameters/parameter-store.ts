import * as tf from '@tensorflow/tfjs-core';

import type { ModelAdapters } from './adapter-kinds.js';
import type { KernelEngine } from '../ops/define-op.js';
import type { ElementwiseRule, Slot, UpdateRule } from './optimizer.js';
import type { ParameterSpec } from './parameter.js';
import type { PieceUpdates } from './update-pieces.js';
import type { StoredNumbers } from './weight-format.js';

/** An update of all parameters by given gradients. */
export interface ParameterUpdate {
  readonly rule: UpdateRule;
  /** Maximum norm of all gradients together; 0 for no limit. */
  readonly clipNorm: number;
}

/** Numbers that an update changes in place, for parameters or for pieces of them. */
export interface UpdatedNumbers {
  /** Whether weight decay applies to each parameter or piece: 1 or 0. */
  readonly decays: Uint8Array;
  /** The stored values of each parameter or piece, not copied. */
  readonly values: readonly Float32Array[];
  /** Returns one slot of the optimizer state of all parameters or pieces, one after the other, not copied. */
  readonly slot: (slot: Slot) => Float32Array;
}

/** An update of pieces of parameters in flat arrays. */
export interface PiecesToUpdate extends UpdatedNumbers {
  /** The gradient of each piece. */
  readonly gradients: readonly Float32Array[];
  readonly rule: ElementwiseRule;
  /** Factor of the gradients, from clipping. */
  readonly scale: number;
}

/**
 * The parameters of a model and the state of its optimizer, updated in place. Tensors of tfjs never change,
 * so the tensors of the values are valid only until the next update.
 */
export interface ParameterStore {
  /** The parameters that are trained and saved: all of them, or only the adapters. */
  readonly specs: readonly ParameterSpec[];
  /** The adapters, whose parameters are `specs`; all other parameters are frozen. */
  readonly adapters?: ModelAdapters;
  /** The frozen store under the adapters, which several stores may share. */
  readonly base?: ParameterStore;
  /** Returns the current values by name. The store disposes of the tensors at the next `update` or `write`. */
  tensors(): Readonly<Record<string, tf.Tensor>>;
  /**
   * Applies an update from one gradient per parameter. The gradients are clipped together to `clipNorm`; 0
   * switches clipping off. Nothing changes if the norm is not finite.
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
  /**
   * Updates of parts of the parameters, for ranks that shard the optimizer; absent if the engine can only update all
   * parameters at once.
   */
  readonly pieces?: PieceUpdates;
  /** Returns a copy of a parameter's values, or of a slot (zeros before the first update), row-major. */
  read(name: string, slot?: Slot): Float32Array;
  /**
   * Overwrites the values of a parameter, or of a slot.
   *
   * @throws RangeError if the length differs from the parameter's.
   */
  write(name: string, values: Float32Array, slot?: Slot): void;
  /** Returns the stored numbers of a parameter, not copied, for engines that read them in place. */
  stored?(name: string): StoredNumbers;
  /** Number format of the activations in products with the weights; `f32` by default. */
  readonly activations?: ActivationKind;
  dispose(): void;
}

/** Function that makes a parameter store filled with zeros. */
export type ParameterStoreFactory = (specs: readonly ParameterSpec[]) => ParameterStore;

/** Optional hooks by which an engine stores parameters and reads quantized weights. */
export interface ParameterEngine extends KernelEngine {
  /** Makes the store of a model's parameters. Without it, they are stored in JavaScript arrays. */
  readonly createParameterStore?: ParameterStoreFactory;
  /**
   * Makes a tensor of a stored matrix without a 32-bit copy: kernels convert the numbers when they read them. Returns
   * `undefined` for layouts that the engine cannot convert.
   */
  readonly storedTensor?: (
    stored: StoredNumbers,
    shape: readonly number[],
  ) => tf.Tensor | undefined;
  /** Rounds to 16-bit floats faster than plain JavaScript. */
  readonly roundToFloat16?: Float16Rounding;
}

/**
 * Rounds numbers as `encodeFloat16` does, from the first one on, and stops at a result that is not finite.
 *
 * @returns the number of rounded numbers; the caller rounds the others.
 */
export type Float16Rounding = (values: Float32Array, into: Uint16Array) => number;

/** Tensors of a store's values, made on request and kept until the values change. */
export interface ShownTensors {
  readonly tensors: () => Readonly<Record<string, tf.Tensor>>;
  /** Disposes of the tensors. The next call of `tensors` makes new ones. */
  readonly release: () => void;
}

/**
 * Caches tensors of the current values of parameters.
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

/** Number formats to which the inputs of products can be rounded. */
export const ACTIVATION_KINDS = ['f32', 'int8'] as const;

/**
 * Number format of activations in products with weights: 32-bit floats, or 8-bit integers with a scale for every
 * 32 inputs, as in llama.cpp's Q8_0. Integers are faster for prompts and batches, and less exact.
 */
export type ActivationKind = (typeof ACTIVATION_KINDS)[number];
