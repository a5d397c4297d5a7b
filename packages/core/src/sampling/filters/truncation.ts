import { largestTokens } from '../draw-token.js';
import { entropyOf, largest, type LogitFilter, remaining, REMOVED, softmax } from './softmax.js';

/**
 * Removes logits below the k-th largest; ties with it remain.
 *
 * @see Fan et al. 2018, https://arxiv.org/abs/1805.04833
 */
export function keepTopK(k: number): LogitFilter {
  return (logits) => {
    if (k >= logits.length) return;
    const kth = kthLargest(logits, k);
    for (let token = 0; token < logits.length; token++) {
      if (logits[token] < kth) logits[token] = REMOVED;
    }
  };
}

/** Returns the k-th largest of some numbers, with k from 1 to their count. */
function kthLargest(values: Float64Array, k: number): number {
  // Builds a heap of the k largest so far with the smallest on top; a sorted array is a heap.
  const heap = values.slice(0, k).sort();
  for (let i = k; i < values.length; i++) {
    if (values[i] > heap[0]) replaceTop(heap, values[i]);
  }
  return heap[0];
}

function replaceTop(heap: Float64Array, value: number): void {
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && heap[child + 1] < heap[child]) child++;
    if (heap[child] >= value) break;
    heap[at] = heap[child];
    at = child;
  }
  heap[at] = value;
}

/**
 * Number of bins of a histogram of logits. From the largest logit down, each bin spans `1 / INTERVALS_PER_NAT` nats;
 * the last bin also contains all smaller logits.
 */
const INTERVALS = 512;
const INTERVALS_PER_NAT = 16;

/**
 * Removes the least likely tokens whose probabilities, summed from the smallest, are at most `1 - p`. The
 * most likely token always stays.
 *
 * @see Holtzman et al. 2020, https://arxiv.org/abs/1904.09751
 */
export function keepTopP(p: number): LogitFilter {
  return (logits) => {
    const probabilities = softmax(logits);
    const highest = largest(logits);
    const intervalOf = (token: number): number =>
      Math.min(INTERVALS - 1, (highest - logits[token]) * INTERVALS_PER_NAT) | 0;
    // All tokens below this probability together are less than 1 - p.
    const small = (1 - p) / logits.length;
    const larger: number[] = [];
    const sums = new Float64Array(INTERVALS);
    let sum = 0;
    for (let token = 0; token < logits.length; token++) {
      const probability = probabilities[token];
      if (probability > small) {
        larger.push(token);
        sums[intervalOf(token)] += probability;
      } else sum += probability;
    }
    let last = INTERVALS - 1;
    while (last > 0 && sum + sums[last] <= 1 - p) sum += sums[last--];
    // Only the tokens of the interval in which the limit is reached need sorting.
    const within = larger.filter((token) => intervalOf(token) === last);
    const sorted = Float64Array.from(within, (token) => probabilities[token]).sort();
    let removed = 0;
    while (removed < sorted.length - 1 && sum + sorted[removed] <= 1 - p) sum += sorted[removed++];
    const min = sorted[removed];
    // Among tokens with the same probability as the least likely kept one, later tokens are removed.
    let equals = removed - sorted.indexOf(min);
    for (let token = logits.length - 1; token >= 0; token--) {
      const probability = probabilities[token];
      if (probability < min || (probability === min && equals-- > 0)) logits[token] = REMOVED;
    }
  };
}

/**
 * Removes tokens whose probability is below `minP` times the highest probability.
 *
 * @see Nguyen et al. 2024, https://arxiv.org/abs/2407.01082
 */
export function keepMinP(minP: number): LogitFilter {
  return (logits) => {
    const highest = largest(logits);
    for (let token = 0; token < logits.length; token++) {
      // The ratio of two probabilities does not depend on the sum.
      if (Math.exp(logits[token] - highest) < minP) logits[token] = REMOVED;
    }
  };
}

/**
 * Keeps the tokens whose `-log(probability)` is nearest to the entropy: the fewest that together reach
 * `mass`, and any that tie with the last of them.
 *
 * @see Meister et al. 2023, https://arxiv.org/abs/2202.00666
 */
export function keepTypical(mass: number): LogitFilter {
  return (logits) => {
    const probabilities = softmax(logits);
    const entropy = entropyOf(probabilities);
    const distances = probabilities.map((probability) => Math.abs(Math.log(probability) + entropy));
    const nearestFirst = remaining(logits).sort((a, b) => distances[a] - distances[b]);
    let sum = 0;
    let farthest = 0;
    for (const token of nearestFirst) {
      if (sum < mass) farthest = distances[token];
      else if (distances[token] > farthest) logits[token] = REMOVED;
      sum += probabilities[token];
    }
  };
}

/** Number of most likely tokens that the top-h filter considers, as in Hugging Face. */
const CANDIDATES = 100;

/**
 * Keeps the most likely tokens whose terms of the entropy together are at most `share` of the entropy of the
 * 100 most likely tokens. The most likely token always stays.
 *
 * @see Baghaei Potraghloo et al. 2025, https://arxiv.org/abs/2509.02510
 */
export function keepTopH(share: number): LogitFilter {
  return (logits) => {
    const likeliest = largestTokens(logits, Math.min(CANDIDATES, logits.length));
    const probabilities = softmax(likeliest.map((token) => logits[token]));
    const max = share * entropyOf(probabilities);
    let entropy = 0;
    const kept = likeliest.filter((_, rank) => {
      const probability = probabilities[rank];
      if (probability > 0) entropy -= probability * Math.log(probability);
      return rank === 0 || (probability > 0 && entropy <= max);
    });
    const open = new Float64Array(logits.length).fill(REMOVED);
    for (const token of kept) open[token] = logits[token];
    logits.set(open);
  };
}

/**
 * Removes tokens with a probability below `epsilon`, except the most likely one.
 *
 * @see Hewitt et al. 2022, https://arxiv.org/abs/2210.15191
 */
export function cutEpsilon(epsilon: number): LogitFilter {
  return (logits) => cutBelow(logits, softmax(logits), epsilon);
}

/** Removes tokens with a probability below `min`, except the most likely one. */
function cutBelow(logits: Float64Array, probabilities: Float64Array, min: number): void {
  const highest = largest(logits);
  for (let token = 0; token < logits.length; token++) {
    if (probabilities[token] < min && logits[token] < highest) logits[token] = REMOVED;
  }
}

/**
 * Removes tokens with a probability below `min(eta, sqrt(eta) * exp(-entropy))`, so that fewer are removed if
 * the model is unsure. The most likely token always stays.
 *
 * @see Hewitt et al. 2022, section 4, https://arxiv.org/abs/2210.15191
 */
export function cutEta(eta: number): LogitFilter {
  return (logits) => {
    const probabilities = softmax(logits);
    const min = Math.min(eta, Math.sqrt(eta) * Math.exp(-entropyOf(probabilities)));
    cutBelow(logits, probabilities, min);
  };
}
