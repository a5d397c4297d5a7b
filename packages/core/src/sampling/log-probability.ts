/** Natural logarithm of the probability that the logits give a token, in double precision. */
export function logProbabilityOf(logits: ArrayLike<number>, token: number): number {
  let highest = -Infinity;
  for (let i = 0; i < logits.length; i++) if (logits[i] > highest) highest = logits[i];
  let sum = 0;
  for (let i = 0; i < logits.length; i++) sum += Math.exp(logits[i] - highest);
  return logits[token] - highest - Math.log(sum);
}
