import type { KernelEngine } from '../ops/current-engine.js';
import type { ParameterStoreFactory } from './parameter-store.js';

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
