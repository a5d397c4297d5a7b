import { parameterPlaces, type ParameterSpec } from './parameter.js';

/**
 * Number of entries of a parameter whose squares are added up by themselves, for the norm of a gradient.
 * Engines and ranks that share out the chunks come to the bits of one process.
 */
export const UPDATE_CHUNK = 2 ** 16;

/** The ends of the chunks of all parameters, when all numbers lie one after the other. */
export function chunkEnds(specs: readonly ParameterSpec[]): number[] {
  const ends: number[] = [];
  for (const { start, end } of parameterPlaces(specs).values()) {
    for (let at = start; at < end;) ends.push((at = Math.min(at + UPDATE_CHUNK, end)));
  }
  return ends;
}

/** Zeros, one for each chunk of parameters, or of pieces of them, as many numbers as these arrays have. */
export function chunkSums(arrays: readonly Float32Array[]): Float64Array {
  const counts = arrays.map(({ length }) => Math.ceil(length / UPDATE_CHUNK));
  return new Float64Array(counts.reduce((total, count) => total + count, 0));
}

/** The norm of numbers of which the sum of squares of each chunk is known. */
export function normOf(sums: Float64Array): number {
  return Math.sqrt(sums.reduce((total, sum) => total + sum, 0));
}
