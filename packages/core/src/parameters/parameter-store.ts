import type * as tf from '@tensorflow/tfjs-core';

import type { ActivationKind } from './activations.js';
import type { Slot, UpdateRule } from './optimizer.js';
import type { ParameterSpec } from './parameter.js';
import type { PieceUpdates } from './piece-updates.js';
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
   * Ends the tensors of all values, and says where the numbers lie that an update changes, for an engine whose
   * training programs end with it; absent where they lie elsewhere.
   *
   * @throws Error when the moments of some parameters alone are kept.
   */
  readonly beginUpdate?: () => UpdatedNumbers;
  /** The update in pieces, for ranks that share it out; absent where the engine updates all at once. */
  readonly pieces?: PieceUpdates;
  /** A copy of a parameter's values, or of a slot (zeros before the first update), row-major. */
  read(name: string, slot?: Slot): Float32Array;
  /**
   * Overwrites the values of a parameter.
   *
   * @throws RangeError when the length is not the parameter's.
   */
  write(name: string, values: Float32Array, slot?: Slot): void;
  /** The numbers of a parameter where they lie, for engines that read them there. */
  stored?(name: string): StoredNumbers;
  /** What the weights are multiplied with; `f32` unless given. */
  readonly activations?: ActivationKind;
  dispose(): void;
}

/** Makes a store of zeros. */
export type ParameterStoreFactory = (specs: readonly ParameterSpec[]) => ParameterStore;
