/**
 * An exponential moving average, corrected for its start so that the first value stands for itself.
 *
 * @param span - Values over which it averages, about.
 */
export function smooth(values: readonly number[], span: number): number[] {
  const decay = 1 - 1 / Math.max(1, span);
  let [sum, weight] = [0, 0];
  return values.map((value) => {
    sum = decay * sum + (1 - decay) * value;
    weight = decay * weight + (1 - decay);
    return sum / weight;
  });
}
