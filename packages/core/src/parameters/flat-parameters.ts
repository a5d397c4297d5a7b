import * as tf from '@tensorflow/tfjs-core';

import { type ParameterSpec, parameterPlaces } from './parameter.js';
import { type ShownTensors, shownTensors } from './shown-tensors.js';

/** Numbers of all parameters in one array of JavaScript's memory, with tensors of them on demand. */
export interface FlatParameters extends ShownTensors {
  /** All numbers, one parameter after the other; `release` must be called before they change. */
  readonly values: Float32Array;
  /**
   * The numbers of a parameter, where they lie.
   *
   * @throws RangeError when the model has no such parameter.
   */
  readonly find: (name: string) => Float32Array;
}

/**
 * Makes parameters that share one array.
 *
 * @param allocate - Makes an array of zeros.
 */
export function flatParameters(
  specs: readonly ParameterSpec[],
  allocate: (length: number) => Float32Array,
): FlatParameters {
  const places = parameterPlaces(specs);
  const values = allocate(Math.max(0, ...Array.from(places.values(), ({ end }) => end)));
  const find = (name: string): Float32Array => {
    const place = places.get(name);
    if (!place)
      throw new RangeError(`${name}: expected a parameter of this model, got an unknown name`);
    return values.subarray(place.start, place.end);
  };
  const shown = shownTensors(
    specs,
    ({ name, shape }) => tf.tensor(find(name), shape as number[]), // tfjs does not change shapes
  );
  return { values, find, ...shown };
}
