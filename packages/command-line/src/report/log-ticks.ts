/** Multiples of a power of ten that an axis may mark, from few to many. */
const LADDERS = [[1], [1, 3], [1, 2, 5], [1, 2, 3, 5], [1, 1.5, 2, 3, 4, 5, 7]];

/**
 * The values that a logarithmic axis marks: round ones between `low` and `high`, as many as there is
 * room for, so that each mark has its number.
 *
 * @param most - The maximum number of marks.
 */
export function logTicks(low: number, high: number, most: number): number[] {
  const [first, last] = [low, high].map((value) => Math.floor(Math.log10(value)));
  const powers = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  const between = (ladder: readonly number[], some: readonly number[]): number[] =>
    some
      .flatMap((power) => ladder.map((multiple) => Number(`${multiple}e${power}`)))
      .filter((value) => value >= low && value <= high);
  const fitting = LADDERS.map((ladder) => between(ladder, powers)).filter(
    (ticks) => ticks.length <= most,
  );
  const densest = fitting.at(-1);
  if (densest) return densest;
  const every = Math.ceil(powers.length / most);
  return between(
    [1],
    powers.filter((_, i) => i % every === 0),
  );
}
