import * as tf from '@tensorflow/tfjs-core';

import type { Slot } from './optimizer.js';
import { type ParameterSpec, sizeOf } from './parameter.js';
import type { ParameterStore } from './parameter-store.js';
import { shownTensors } from './shown-tensors.js';

/** Parameters in one array of JavaScript's memory: a parameter store without the update. */
export interface FlatParameters {
  readonly store: Omit<ParameterStore, 'update'>;
  /** All values, or all values of an optimizer's slot, in the order of the parameters. */
  readonly flat: (slot?: Slot) => Float32Array;
  /**
   * The part of a parameter.
   *
   * @throws RangeError when the model has no such parameter.
   */
  readonly find: (name: string, slot?: Slot) => Float32Array;
  /** Disposes of the tensors; must be called before values change. */
  readonly release: () => void;
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
  const places = new Map<string, { start: number; end: number }>();
  let total = 0;
  for (const { name, shape } of specs) {
    places.set(name, { start: total, end: (total += sizeOf(shape)) });
  }
  const values = allocate(total);
  // Sampling needs no moments, so they take memory when the first update or write asks for them.
  const slots: Partial<Record<Slot, Float32Array>> = {};
  const flat = (slot?: Slot): Float32Array => (slot ? (slots[slot] ??= allocate(total)) : values);
  const find = (name: string, slot?: Slot): Float32Array => {
    const place = places.get(name);
    if (!place)
      throw new RangeError(`${name}: expected a parameter of this model, got an unknown name`);
    return flat(slot).subarray(place.start, place.end);
  };
  const { tensors, release } = shownTensors(
    specs,
    ({ name, shape }) => tf.tensor(find(name), shape as number[]), // tfjs does not change shapes
  );
  return {
    flat,
    find,
    release,
    store: {
      specs,
      tensors,
      read: (name, slot) => find(name, slot).slice(),
      write: (name, written, slot) => {
        const place = find(name, slot);
        if (written.length !== place.length) {
          throw new RangeError(`${name}: expected ${place.length} values, got ${written.length}`);
        }
        if (!slot) release();
        place.set(written);
      },
      dispose: release,
    },
  };
}
