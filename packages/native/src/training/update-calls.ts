import { chunkSums, normOf, type ParameterUpdate, type UpdatedNumbers } from '@ramble/core/engine';

import type { OpCall } from '../addon/load-addon.js';
import { namedOps, type NativeOps, type PositionalOps } from '../addon/ops.gen.js';
import { updateFields } from './planned-memory.js';

/** An update as calls of the addon, which follow those that make its gradients. */
export interface UpdateCalls {
  readonly calls: readonly OpCall[];
  /** The norm of the gradients before clipping, once they have run; NaN for a loss that is not finite. */
  readonly gradientNorm: () => number;
}

/**
 * Clips gradients and updates the parameters of a store, unless loss or norm are not finite.
 *
 * @param gradients - One array for each parameter.
 * @param loss - One number.
 */
export function updateCalls(
  numbers: UpdatedNumbers,
  gradients: readonly Float32Array[],
  loss: Float32Array,
  { rule, clipNorm: limit }: ParameterUpdate,
): UpdateCalls {
  const sums = chunkSums(gradients);
  const factor = new Float32Array(1);
  const calls = writtenCalls((addon) => {
    addon.sumsOfSquares({ arrays: gradients, sums });
    addon.clip({ chunks: sums.length, sums, limit, loss, factor });
    addon.update(updateFields({ ...numbers, gradients, rule }, factor));
  });
  return { calls, gradientNorm: () => (Number.isFinite(loss[0]) ? normOf(sums) : NaN) };
}

/** The calls of ops that `make` makes, written down instead of run. */
export function writtenCalls(make: (ops: NativeOps) => void): OpCall[] {
  const written: OpCall[] = [];
  const write = (name: string) => {
    return (...values: unknown[]): void => void written.push([name, values]);
  };
  // The cast: a function for every name.
  const ops = new Proxy({}, { get: (_, name) => write(String(name)) }) as PositionalOps;
  make(namedOps(ops));
  return written;
}
