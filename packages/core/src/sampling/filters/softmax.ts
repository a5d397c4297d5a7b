import { currentEngine } from '../../ops/current-engine.js';
import type { SoftmaxEngine } from './softmax-engine.js';

/** `exp(logit)` over their sum, in double precision. */
export function softmax(logits: ArrayLike<number>): Float64Array {
  const probabilities = new Float64Array(logits.length);
  weigh(logits, probabilities);
  return probabilities;
}

/**
 * Computes `log(sum(exp(logit)))`: a token's log-probability is its logit minus this.
 *
 * @throws RangeError when it is no number, as that of a model's broken weights.
 */
export function logSumExp(logits: ArrayLike<number>): number {
  const logSum = weigh(logits, null);
  if (Number.isNaN(logSum)) {
    throw new RangeError("logits: expected numbers, got NaN; the model's weights are broken");
  }
  return logSum;
}

/**
 * Computes the log of the sum of exponentials and the probabilities in one pass.
 *
 * @param probabilities - Receives the softmax, where it is wanted.
 * @returns `log(sum(exp(logit)))`; NaN where a logit is, or all are removed.
 */
export function weigh(logits: ArrayLike<number>, probabilities: Float64Array | null): number {
  const isTyped = logits instanceof Float32Array || logits instanceof Float64Array;
  const engine: SoftmaxEngine | undefined = currentEngine();
  const faster = isTyped ? engine?.softmax : undefined;
  return isTyped && faster ? faster(logits, probabilities) : plainly(logits, probabilities);
}

function plainly(logits: ArrayLike<number>, probabilities: Float64Array | null): number {
  const highest = largest(logits);
  let sum = 0;
  for (let i = 0; i < logits.length; i++) {
    const exponential = Math.exp(logits[i] - highest);
    sum += exponential;
    if (probabilities) probabilities[i] = exponential;
  }
  for (let i = 0; probabilities && i < logits.length; i++) probabilities[i] /= sum;
  return highest + Math.log(sum);
}

/** Finds the largest of some numbers. */
export function largest(values: ArrayLike<number>): number {
  let most = -Infinity;
  for (let i = 0; i < values.length; i++) if (values[i] > most) most = values[i];
  return most;
}

/** For the probabilities of one call: a vocabulary of them is too much to throw away for each token. */
let scratch = new Float64Array(0);

/**
 * The entropy of the softmax of some logits, in nats: `log(sum(exp(logit))) - sum(p * logit)`.
 *
 * @returns NaN where a logit is, or all are removed.
 */
export function logitEntropy(logits: ArrayLike<number>): number {
  if (scratch.length !== logits.length) scratch = new Float64Array(logits.length);
  const logSum = weigh(logits, scratch);
  let mean = 0;
  for (let i = 0; i < logits.length; i++) if (scratch[i] > 0) mean += scratch[i] * logits[i];
  return logSum - mean;
}

/** `-sum(p * log(p))`, in nats. */
export function entropyOf(probabilities: Float64Array): number {
  let sum = 0;
  for (const probability of probabilities) {
    if (probability > 0) sum -= probability * Math.log(probability);
  }
  return sum;
}
