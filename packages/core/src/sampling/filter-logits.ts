import type { SamplingConfig } from '../config/sampling-config.js';

/** A filter removes a token by giving it this logit. */
export const REMOVED = -Infinity;

/**
 * Logits after temperature, top-k and top-p, in this order, which is Hugging Face's.
 *
 * @param logits - One for each token of the vocabulary.
 * @returns as many; `-Infinity` where a token was removed. At least one stays.
 * @see Fan et al. 2018 (top-k), https://arxiv.org/abs/1805.04833
 * @see Holtzman et al. 2020 (top-p), https://arxiv.org/abs/1904.09751
 */
export function filterLogits(
  logits: ArrayLike<number>,
  { temperature, topK, topP }: Pick<SamplingConfig, 'temperature' | 'topK' | 'topP'>,
): Float64Array {
  const filtered = Float64Array.from(logits, (logit) => logit / temperature);
  if (topK > 0 && topK < filtered.length) keepTopK(filtered, topK);
  if (topP < 1) keepTopP(filtered, topP);
  return filtered;
}

/** `exp(logit)` over their sum, in double precision. */
export function softmax(logits: ArrayLike<number>): Float64Array {
  let highest = -Infinity;
  for (let i = 0; i < logits.length; i++) if (logits[i] > highest) highest = logits[i];
  let sum = 0;
  const probabilities = Float64Array.from(logits, (logit) => {
    const weight = Math.exp(logit - highest);
    sum += weight;
    return weight;
  });
  return probabilities.map((weight) => weight / sum);
}

/** Removes logits below the k-th largest; those equal to it survive. */
function keepTopK(logits: Float64Array, k: number): void {
  const kth = logits.slice().sort()[logits.length - k];
  for (let i = 0; i < logits.length; i++) if (logits[i] < kth) logits[i] = REMOVED;
}

/** Removes the unlikely tokens whose probabilities, added up from the smallest, reach no more than 1 - p. */
function keepTopP(logits: Float64Array, p: number): void {
  const probabilities = softmax(logits);
  const ascending = Array.from(logits.keys()).sort((a, b) => logits[a] - logits[b] || a - b);
  let sum = 0;
  for (const token of ascending.slice(0, -1)) {
    sum += probabilities[token];
    if (sum > 1 - p) return;
    logits[token] = REMOVED;
  }
}
