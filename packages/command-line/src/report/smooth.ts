/**
 * A moving average over as many values before as after, fewer near the ends, so that a steady fall
 * stays where it is.
 *
 * @param reach - Values on each side.
 */
export function smooth(values: readonly number[], reach: number): number[] {
  return values.map((_, i) => {
    const side = Math.min(Math.floor(reach), i, values.length - 1 - i);
    const near = values.slice(i - side, i + side + 1);
    return near.reduce((sum, value) => sum + value, 0) / near.length;
  });
}
