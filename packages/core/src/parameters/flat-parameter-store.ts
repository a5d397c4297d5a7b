import * as tf from '@tensorflow/tfjs-core';

import { updateByMuon } from './muon.js';
import { clipFactor, type Slot, type UpdateRule } from './optimizer.js';
import {
  type ParameterStore,
  type PiecesToUpdate,
  type ShownTensors,
  shownTensors,
  type UpdatedNumbers,
} from './parameter-store.js';
import { parameterPlaces, type ParameterSpec } from './parameter.js';
import { chunkSums, normOf, type Piece, type PieceUpdates } from './update-pieces.js';

/** Functions with which an engine updates a parameter store of flat arrays. */
export interface UpdateKernels {
  /** Returns the numbers of a parameter's gradient. */
  readonly numbersOf: (gradient: tf.Tensor, spec: ParameterSpec) => Float32Array;
  /**
   * Writes the sum of squares of each chunk of `UPDATE_CHUNK` entries to `sums`. The last chunk of an array may be
   * shorter.
   */
  readonly sumsOfSquares: (arrays: readonly Float32Array[], sums: Float64Array) => void;
  readonly update: (pieces: PiecesToUpdate) => void;
}

/** A parameter store in flat arrays. */
interface FlatParameterStore extends ParameterStore {
  readonly pieces: PieceUpdates;
  readonly beginUpdate: () => UpdatedNumbers;
  /** Returns the stored values of a parameter, not a copy. */
  readonly find: (name: string) => Float32Array;
}

/**
 * Makes a parameter store of zeros in flat arrays. Ranks can shard its update.
 *
 * @param allocate - Makes an array of zeros.
 */
export function flatParameterStore(
  specs: readonly ParameterSpec[],
  allocate: (length: number) => Float32Array,
  kernels: UpdateKernels,
): FlatParameterStore {
  const { values, find, tensors, release } = flatParameters(specs, allocate);
  const whole = Array.from(parameterPlaces(specs), ([name, place]) => ({ name, ...place }));
  let kept = keepSlots(specs, whole, allocate);
  let updated = updatedOf(specs, values, kept);

  const update: PieceUpdates['update'] = (gradients, rule, scale) => {
    release();
    if (rule.kind === 'muon') checkWhole(kept, whole);
    updatePieces(specs, { ...updated, gradients, scale }, rule, kernels);
  };
  return {
    specs,
    tensors,
    find,
    beginUpdate: () => {
      checkWhole(kept, whole);
      release();
      return updated;
    },
    update: (gradients, rule, clipNorm) => {
      checkWhole(kept, whole);
      const arrays = specs.map((spec) => kernels.numbersOf(gradients[spec.name], spec));
      const norm = normOf(sumsOf(arrays, kernels));
      if (Number.isFinite(norm)) update(arrays, rule, clipFactor(norm, clipNorm));
      return norm;
    },
    pieces: {
      values,
      keep: (pieces) => {
        if (areSame(pieces, kept.pieces)) return;
        kept = keepSlots(specs, pieces, allocate, kept);
        updated = updatedOf(specs, values, kept);
      },
      sumsOfSquares: (gradients) => sumsOf(gradients, kernels),
      update,
    },
    read: (name, slot) => {
      const place = find(name);
      return slot ? kept.read(name, slot) : place.slice();
    },
    write: (name, written, slot) => {
      const place = find(name);
      if (written.length !== place.length) {
        throw new RangeError(`${name}: expected ${place.length} values, got ${written.length}`);
      }
      if (slot) {
        kept.write(name, slot, written);
        return;
      }
      release();
      place.set(written);
    },
    dispose: release,
  };
}

/**
 * Checks that the store has the optimizer state of all parameters, not only of one rank's shard.
 *
 * @throws Error if it has the state of only some parameters.
 */
function checkWhole({ pieces }: KeptSlots, whole: readonly Piece[]): void {
  if (areSame(pieces, whole)) return;
  throw new Error(
    'parameters: expected the moments of all of them to update, got those of one rank; load a checkpoint',
  );
}

/** Updates pieces of parameters by a rule. Muon updates whole matrices, so its pieces must be all parameters. */
function updatePieces(
  specs: readonly ParameterSpec[],
  pieces: Omit<PiecesToUpdate, 'rule'>,
  rule: UpdateRule,
  { update }: UpdateKernels,
): void {
  if (rule.kind === 'muon') updateByMuon(specs, { ...pieces, rule }, update);
  else update({ ...pieces, rule });
}

/** Returns the arrays that an update changes, for the pieces whose optimizer state the store keeps. */
function updatedOf(
  specs: readonly ParameterSpec[],
  values: Float32Array,
  { pieces, flat }: KeptSlots,
): UpdatedNumbers {
  const matrices = new Set(specs.filter(({ shape }) => shape.length > 1).map(({ name }) => name));
  return {
    decays: Uint8Array.from(pieces, ({ name }) => (matrices.has(name) ? 1 : 0)),
    values: pieces.map(({ start, end }) => values.subarray(start, end)),
    slot: flat,
  };
}

function sumsOf(
  gradients: readonly Float32Array[],
  { sumsOfSquares }: UpdateKernels,
): Float64Array {
  const sums = chunkSums(gradients);
  sumsOfSquares(gradients, sums);
  return sums;
}

function areSame(some: readonly Piece[], others: readonly Piece[]): boolean {
  const isOther = ({ name, start, end }: Piece, i: number): boolean =>
    name !== others[i].name || start !== others[i].start || end !== others[i].end;
  return some.length === others.length && !some.some(isOther);
}

/** Numbers of all parameters in one array, with tensors of them on request. */
export interface FlatParameters extends ShownTensors {
  /** All numbers, one parameter after the other; `release` must be called before they change. */
  readonly values: Float32Array;
  /**
   * Returns the stored numbers of a parameter, not a copy.
   *
   * @throws RangeError if the model has no such parameter.
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

/** Optimizer state of some pieces. Each slot (`mean`, `variance`) is one array, one piece after the other. */
interface KeptSlots {
  readonly pieces: readonly Piece[];
  /** Returns the slots for which memory is allocated; the numbers of all others are zeros. */
  readonly used: () => readonly Slot[];
  /** Returns the stored numbers of a slot, zeros at first, not a copy. */
  readonly flat: (slot: Slot) => Float32Array;
  /** Returns a copy of a slot for a whole parameter, with 0 for entries that are in no piece. */
  readonly read: (name: string, slot: Slot) => Float32Array;
  /**
   * Overwrites a slot of a parameter. `values` has all entries of the parameter; only the entries in a piece are
   * stored.
   */
  readonly write: (name: string, slot: Slot, values: Float32Array) => void;
}

/**
 * Makes the optimizer state of pieces, filled with zeros.
 *
 * @param pieces - At most one for each parameter.
 * @param allocate - Makes an array of zeros.
 * @param before - Earlier state, whose numbers are copied for all entries in the pieces.
 */
function keepSlots(
  specs: readonly ParameterSpec[],
  pieces: readonly Piece[],
  allocate: (length: number) => Float32Array,
  before?: KeptSlots,
): KeptSlots {
  const places = parameterPlaces(specs);
  const kept = new Map<string, { offset: number; start: number; end: number }>();
  let total = 0;
  for (const { name, start, end } of pieces) {
    const first = places.get(name)?.start ?? 0; // pieces are of these parameters
    kept.set(name, { offset: total, start: start - first, end: end - first });
    total += end - start;
  }
  // Sampling needs no moments, so their memory is allocated by the first update or write.
  const slots: Partial<Record<Slot, Float32Array>> = {};
  const flat: KeptSlots['flat'] = (slot) => (slots[slot] ??= allocate(total));
  const write: KeptSlots['write'] = (name, slot, values) => {
    const own = kept.get(name);
    if (own) flat(slot).set(values.subarray(own.start, own.end), own.offset);
  };
  const takeOver = ({ used, read }: KeptSlots): void => {
    for (const slot of used()) {
      for (const { name } of pieces) write(name, slot, read(name, slot));
    }
  };
  if (before) takeOver(before);
  return {
    pieces,
    used: () => Object.keys(slots) as Slot[], // as the record's type says
    flat,
    read: (name, slot) => {
      const place = places.get(name);
      const own = kept.get(name);
      const values = new Float32Array(place ? place.end - place.start : 0);
      const numbers = slots[slot];
      if (own && numbers) {
        values.set(numbers.subarray(own.offset, own.offset + own.end - own.start), own.start);
      }
      return values;
    },
    write,
  };
}
