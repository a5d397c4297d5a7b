import { firstIndex } from '../notes/note.js';

/** A length of time: `beats` beats and `parts` parts of a beat, each a beat divided by `resolution`. */
export interface TimeValue {
  readonly beats: number;
  readonly parts: number;
  readonly resolution: number;
}

/** A range of lengths in beats that are counted in the same parts: from, to, and the number of parts per beat. */
type Range = readonly [from: number, to: number, resolution: number];

/**
 * Returns the durations that notes may have: up to 4 beats at the resolution of positions, from 4 to 12 beats at half
 * of it.
 */
export function durationValues(positionsPerBeat: number): readonly TimeValue[] {
  return valuesOf([
    [0, 4, positionsPerBeat],
    [4, 12, positionsPerBeat / 2],
  ]);
}

/**
 * Returns the lengths that rests may have: up to 12 beats, at a resolution that halves after the first beat and again
 * after the second.
 */
export function restValues(positionsPerBeat: number): readonly TimeValue[] {
  return valuesOf([
    [0, 1, positionsPerBeat],
    [1, 2, positionsPerBeat / 2],
    [2, 12, positionsPerBeat / 4],
  ]);
}

/** Returns all lengths in some ranges, without 0, and with the end of the last range. */
function valuesOf(ranges: readonly Range[]): readonly TimeValue[] {
  const values = ranges.flatMap(([from, to, resolution]) =>
    Array.from({ length: (to - from) * resolution }, (_, i) => ({
      beats: from + Math.floor(i / resolution),
      parts: i % resolution,
      resolution,
    })),
  );
  const [, to, resolution] = ranges[ranges.length - 1];
  return [...values.slice(1), { beats: to, parts: 0, resolution }];
}

/** Returns the ticks of a length, given the ticks of a beat. */
export function ticksOf({ beats, parts, resolution }: TimeValue, ticksPerBeat: number): number {
  return Math.floor(((beats * resolution + parts) * ticksPerBeat) / resolution);
}

/**
 * Returns the index of the closest value; the higher one on a tie.
 *
 * @param values - Values in ascending order, at least one.
 */
export function closest(values: ArrayLike<number>, value: number): number {
  const low = firstIndex(values, (each) => each >= value);
  if (low === 0) return 0;
  const isBelowCloser =
    low === values.length || Math.abs(value - values[low - 1]) < Math.abs(value - values[low]);
  return isBelowCloser ? low - 1 : low;
}

/**
 * Divides a time greedily into lengths, the longest that fits first, and returns their indices. What remains is shorter
 * than each of the lengths.
 *
 * @param lengths - Lengths in ascending order.
 */
export function fill(ticks: number, lengths: readonly number[]): readonly number[] {
  const indices: number[] = [];
  for (let i = lengths.length - 1; i >= 0; i--) {
    for (; ticks >= lengths[i]; ticks -= lengths[i]) indices.push(i);
  }
  return indices;
}
