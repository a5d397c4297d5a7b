/**
 * The likeliest tokens.
 *
 * @param logits - One for each token of the vocabulary.
 * @returns ids, the likeliest first, of equal ones the lower id.
 */
export function likeliestTokens(logits: ArrayLike<number>, count: number): number[] {
  const best: number[] = [];
  for (let token = 0; token < logits.length; token++) {
    const last = best.at(-1);
    if (best.length === count && last !== undefined && logits[token] <= logits[last]) continue;
    let place = best.length;
    while (place > 0 && logits[best[place - 1]] < logits[token]) place--;
    best.splice(place, 0, token);
    if (best.length > count) best.pop();
  }
  return best;
}
