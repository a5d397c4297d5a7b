const EPSILON = 1e-16;

/**
 * The F score of n-grams averaged over their orders, 0 to 1.
 *
 * @param sums - For each order n-grams of hypotheses, of references, and common to both.
 * @param isSmoothed - Averages the F scores of all orders, with a tiny number for what is missing,
 *   rather than precision and recall of the orders that both have.
 */
export function fScore(sums: readonly number[], beta: number, isSmoothed: boolean): number {
  const factor = beta ** 2;
  const orders = sums.length / 3;
  let [precisions, recalls, both, scores] = [0, 0, 0, 0];
  for (let order = 0; order < orders; order++) {
    const [own, other, matches] = sums.slice(3 * order, 3 * order + 3);
    const precision = own > 0 ? matches / own : EPSILON;
    const recall = other > 0 ? matches / other : EPSILON;
    const weight = factor * precision + recall;
    scores += weight > 0 ? ((1 + factor) * precision * recall) / weight : EPSILON;
    if (own > 0 && other > 0) {
      precisions += precision;
      recalls += recall;
      both++;
    }
  }
  if (isSmoothed) return scores / orders;
  if (precisions + recalls === 0) return 0;
  const [precision, recall] = [precisions / both, recalls / both];
  return ((1 + factor) * precision * recall) / (factor * precision + recall);
}
