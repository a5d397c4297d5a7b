/** `exp(logit)` over their sum, in double precision. */
export function softmax(logits: ArrayLike<number>): Float64Array {
  const highest = largest(logits);
  const probabilities = new Float64Array(logits.length);
  let sum = 0;
  for (let i = 0; i < logits.length; i++) {
    probabilities[i] = Math.exp(logits[i] - highest);
    sum += probabilities[i];
  }
  for (let i = 0; i < probabilities.length; i++) probabilities[i] /= sum;
  return probabilities;
}

/** `log(sum(exp(logit)))`: a token's log-probability is its logit less this. */
export function logSumExp(logits: ArrayLike<number>): number {
  const highest = largest(logits);
  let sum = 0;
  for (let i = 0; i < logits.length; i++) sum += Math.exp(logits[i] - highest);
  return highest + Math.log(sum);
}

/** The largest of some numbers. */
export function largest(values: ArrayLike<number>): number {
  let most = -Infinity;
  for (let i = 0; i < values.length; i++) if (values[i] > most) most = values[i];
  return most;
}

/** `-sum(p * log(p))`, in nats. */
export function entropyOf(probabilities: Float64Array): number {
  let sum = 0;
  for (const probability of probabilities) {
    if (probability > 0) sum -= probability * Math.log(probability);
  }
  return sum;
}
