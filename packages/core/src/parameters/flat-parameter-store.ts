import type * as tf from '@tensorflow/tfjs-core';

import { clipFactor } from './clip-factor.js';
import { flatParameters } from './flat-parameters.js';
import { keepSlots, wholePieces } from './kept-slots.js';
import type { Slot, UpdateRule } from './optimizer.js';
import type { ParameterSpec } from './parameter.js';
import type { ParameterStore } from './parameter-store.js';
import type { Piece, PieceUpdates } from './piece-updates.js';
import { normOf, UPDATE_CHUNK } from './update-chunks.js';

/** An update of pieces of parameters, in arrays of JavaScript's memory. */
export interface PiecesToUpdate {
  /** One array for each piece. */
  readonly gradients: readonly Float32Array[];
  /** 1 for each piece that weight decay applies to, else 0. */
  readonly decays: Uint8Array;
  /** One array for each piece, which is changed in place. */
  readonly values: readonly Float32Array[];
  /** A slot that the rule uses, one piece after the other, which is changed in place. */
  readonly slot: (slot: Slot) => Float32Array;
  readonly rule: UpdateRule;
  /** Factor of the gradients, from clipping. */
  readonly scale: number;
}

/** What an engine computes for a store of flat arrays. */
export interface UpdateKernels {
  /** The numbers of a parameter's gradient. */
  readonly numbersOf: (gradient: tf.Tensor, spec: ParameterSpec) => Float32Array;
  /** Writes the sum of squares of each chunk of `UPDATE_CHUNK` entries; the last of an array may be shorter. */
  readonly sumsOfSquares: (arrays: readonly Float32Array[], sums: Float64Array) => void;
  readonly update: (pieces: PiecesToUpdate) => void;
}

/** A parameter store in flat arrays. */
interface FlatParameterStore extends ParameterStore {
  readonly pieces: PieceUpdates;
  /** The values of a parameter, where they lie. */
  readonly find: (name: string) => Float32Array;
}

/**
 * Makes a parameter store of zeros in flat arrays, whose update ranks can share out.
 *
 * @param allocate - Makes an array of zeros.
 */
export function flatParameterStore(
  specs: readonly ParameterSpec[],
  allocate: (length: number) => Float32Array,
  kernels: UpdateKernels,
): FlatParameterStore {
  const { values, find, tensors, release } = flatParameters(specs, allocate);
  const whole = wholePieces(specs);
  const matrices = new Set(specs.filter(({ shape }) => shape.length > 1).map(({ name }) => name));
  let kept = keepSlots(specs, whole, allocate);

  const sumsOfSquares: PieceUpdates['sumsOfSquares'] = (gradients) => {
    const counts = gradients.map(({ length }) => Math.ceil(length / UPDATE_CHUNK));
    const sums = new Float64Array(counts.reduce((total, count) => total + count, 0));
    kernels.sumsOfSquares(gradients, sums);
    return sums;
  };
  const update: PieceUpdates['update'] = (gradients, rule, scale) => {
    release();
    kernels.update({
      gradients,
      decays: Uint8Array.from(kept.pieces, ({ name }) => (matrices.has(name) ? 1 : 0)),
      values: kept.pieces.map(({ start, end }) => values.subarray(start, end)),
      slot: kept.flat,
      rule,
      scale,
    });
  };
  return {
    specs,
    tensors,
    find,
    update: (gradients, rule, clipNorm) => {
      if (!areSame(kept.pieces, whole)) {
        throw new Error(
          'parameters: expected the moments of all of them to update, got those of one rank; load a checkpoint',
        );
      }
      const arrays = specs.map((spec) => kernels.numbersOf(gradients[spec.name], spec));
      const norm = normOf(sumsOfSquares(arrays));
      if (Number.isFinite(norm)) update(arrays, rule, clipFactor(norm, clipNorm));
      return norm;
    },
    pieces: {
      values,
      keep: (pieces) => {
        if (!areSame(pieces, kept.pieces)) kept = keepSlots(specs, pieces, allocate, kept);
      },
      sumsOfSquares,
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

function areSame(some: readonly Piece[], others: readonly Piece[]): boolean {
  const isOther = ({ name, start, end }: Piece, i: number): boolean =>
    name !== others[i].name || start !== others[i].start || end !== others[i].end;
  return some.length === others.length && !some.some(isOther);
}
