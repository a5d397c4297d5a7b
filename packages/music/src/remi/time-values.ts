/** A length of time: so many beats and so many parts of one, each a beat divided by `resolution`. */
export interface TimeValue {
  readonly beats: number;
  readonly parts: number;
  readonly resolution: number;
}

/** From so many beats on, and up to so many, a beat has so many parts. */
type Range = readonly [from: number, to: number, resolution: number];

/**
 * The lengths that durations may have: up to 4 beats in the parts of positions, up to 12 in parts twice as
 * long.
 */
export function durationValues(positionsPerBeat: number): readonly TimeValue[] {
  return valuesOf([
    [0, 4, positionsPerBeat],
    [4, 12, positionsPerBeat / 2],
  ]);
}

/** The lengths that rests may have: the parts of a beat get longer after one beat and after two. */
export function restValues(positionsPerBeat: number): readonly TimeValue[] {
  return valuesOf([
    [0, 1, positionsPerBeat],
    [1, 2, positionsPerBeat / 2],
    [2, 12, positionsPerBeat / 4],
  ]);
}

/** All lengths above 0 of ranges, the end of the last included. */
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

/** The ticks of a length, given the ticks of a beat. */
export function ticksOf({ beats, parts, resolution }: TimeValue, ticksPerBeat: number): number {
  return Math.floor(((beats * resolution + parts) * ticksPerBeat) / resolution);
}

/**
 * Index of the value that is closest to another; the higher one on a tie.
 *
 * @param values - At least one, in ascending order.
 */
export function closest(values: ArrayLike<number>, value: number): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] < value) low = middle + 1;
    else high = middle;
  }
  if (low === 0) return 0;
  const isBelowCloser =
    low === values.length || Math.abs(value - values[low - 1]) < Math.abs(value - values[low]);
  return isBelowCloser ? low - 1 : low;
}

/**
 * The lengths that fill a time one after another, the longest that fits first, by their index; what is
 * left is shorter than all.
 *
 * @param lengths - In ascending order.
 */
export function fill(ticks: number, lengths: readonly number[]): readonly number[] {
  const indices: number[] = [];
  for (let i = lengths.length - 1; i >= 0; i--) {
    for (; ticks >= lengths[i]; ticks -= lengths[i]) indices.push(i);
  }
  return indices;
}
