import type { SamplingConfig } from '../config/sampling-config.js';
import { filterLogits, REMOVED, softmax } from './filter-logits.js';

/**
 * The next token.
 *
 * @param logits - One for each token of the vocabulary.
 * @param uniform - A random number in `[0, 1)`; greedy choice ignores it.
 * @param allowed - Ids that a grammar allows; all unless given.
 * @throws RangeError when a grammar allows nothing.
 */
export function chooseToken(
  logits: ArrayLike<number>,
  config: SamplingConfig,
  uniform: number,
  allowed?: Iterable<number>,
): number {
  const open = allowed === undefined ? logits : onlyAllowed(logits, allowed);
  if (config.method === 'greedy') return indexOfLargest(open);
  const probabilities = softmax(filterLogits(open, config));
  let remaining = uniform;
  let last = 0;
  for (let token = 0; token < probabilities.length; token++) {
    if (probabilities[token] === 0) continue;
    remaining -= probabilities[token];
    if (remaining < 0) return token;
    last = token;
  }
  return last; // rounding left a crumb
}

function onlyAllowed(logits: ArrayLike<number>, allowed: Iterable<number>): Float64Array {
  const open = new Float64Array(logits.length).fill(REMOVED);
  let count = 0;
  for (const token of allowed) {
    open[token] = logits[token];
    count++;
  }
  if (count === 0) throw new RangeError('grammar: expected at least one allowed token, got none');
  return open;
}

/** The first of the largest. */
function indexOfLargest(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}
