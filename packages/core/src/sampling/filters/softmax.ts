import { TokenMask } from '../../domain/token-mask.js';
import { currentEngine, type KernelEngine } from '../../ops/define-op.js';

/** Computes the softmax, `exp(logit)` divided by the sum of all, in double precision. */
export function softmax(logits: ArrayLike<number>): Float64Array {
  const probabilities = new Float64Array(logits.length);
  weigh(logits, probabilities);
  return probabilities;
}

/**
 * Computes `log(sum(exp(logit)))`. A token's log-probability is its logit minus the result.
 *
 * @throws RangeError if the result is NaN, for example from broken weights.
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
 * @param probabilities - Receives the softmax, unless it is null.
 * @returns `log(sum(exp(logit)))`; NaN if a logit is NaN or if all logits are removed.
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
  let max = -Infinity;
  for (let i = 0; i < values.length; i++) if (values[i] > max) max = values[i];
  return max;
}

/** Reused buffer for the probabilities of a vocabulary, which is too large to allocate for each token. */
let scratch = new Float64Array(0);

/**
 * Returns the entropy of the softmax of some logits, in nats: `log(sum(exp(logit))) - sum(p * logit)`.
 *
 * @returns NaN if a logit is NaN or if all logits are removed.
 */
export function logitEntropy(logits: ArrayLike<number>): number {
  if (scratch.length !== logits.length) scratch = new Float64Array(logits.length);
  const logSum = weigh(logits, scratch);
  let mean = 0;
  for (let i = 0; i < logits.length; i++) if (scratch[i] > 0) mean += scratch[i] * logits[i];
  return logSum - mean;
}

/** Returns the entropy of probabilities, `-sum(p * log(p))`, in nats. */
export function entropyOf(probabilities: Float64Array): number {
  let sum = 0;
  for (const probability of probabilities) {
    if (probability > 0) sum -= probability * Math.log(probability);
  }
  return sum;
}

/** Optional hook by which an engine computes the softmax for sampling. */
export interface SoftmaxEngine extends KernelEngine {
  /** Computes the softmax of a vocabulary faster than plain JavaScript. */
  readonly softmax?: DoubleSoftmax;
}

/**
 * A softmax in double precision.
 *
 * @param probabilities - Receives the softmax; `null` if only the sum is needed.
 * @returns the logarithm of the sum: a token's log-probability is its logit minus the result.
 */
export type DoubleSoftmax = (
  logits: Float32Array | Float64Array,
  probabilities: Float64Array | null,
) => number;

/** The sequence so far, which a filter may use in addition to the logits. */
export interface Written {
  /** Tokens of the prompt and the output. */
  readonly tokens: readonly number[];
  readonly promptLength: number;
  /**
   * Index of the first token of the output, if the output answers the prompt; absent if it continues the
   * prompt's text.
   */
  readonly outputStart?: number;
}

/** A filter that changes the logits of the next token in place, one logit for each token of the vocabulary. */
export type LogitFilter = (logits: Float64Array, written: Written) => void;

/** Logit of removed tokens. */
export const REMOVED = -Infinity;

/** Returns the tokens that no filter has removed, in the order of their ids. */
export function remaining(logits: Float64Array): number[] {
  const tokens: number[] = [];
  for (let token = 0; token < logits.length; token++) {
    if (logits[token] !== REMOVED) tokens.push(token);
  }
  return tokens;
}

/** Removes every token except the given ones. */
export function allowTokens(allowed: Iterable<number>): LogitFilter {
  if (allowed instanceof TokenMask) return (logits) => keepMasked(logits, allowed);
  return (logits) => {
    const open = new Float64Array(logits.length).fill(REMOVED);
    for (const token of allowed) open[token] = logits[token];
    logits.set(open);
  };
}

/** Removes every token that is not in a mask. Words with equal bits are filled or skipped at once. */
function keepMasked(logits: Float64Array, { words }: TokenMask): void {
  for (let at = 0; at < words.length; at++) {
    const word = words[at];
    const start = 32 * at;
    if (word === 0) logits.fill(REMOVED, start, start + 32);
    else if (word !== 0xffffffff) {
      const end = Math.min(logits.length, start + 32);
      for (let id = start; id < end; id++) {
        if (((word >>> (id & 31)) & 1) === 0) logits[id] = REMOVED;
      }
    }
  }
}

/** Removes the given tokens. */
export function suppressTokens(suppressed: readonly number[]): LogitFilter {
  return (logits) => {
    for (const token of suppressed) logits[token] = REMOVED;
  };
}

/** Removes the given tokens from the choice of an output's first token. */
export function suppressAtBegin(suppressed: readonly number[]): LogitFilter {
  return (logits, { tokens, promptLength }) => {
    if (tokens.length > promptLength) return;
    for (const token of suppressed) logits[token] = REMOVED;
  };
}

/** Removes all tokens except one when an output reaches its maximum length. */
export function forceLastToken(maxNewTokens: number, forced: number): LogitFilter {
  return (logits, { tokens, promptLength }) => {
    if (tokens.length - promptLength === maxNewTokens - 1) logits.fill(REMOVED)[forced] = 0;
  };
}

/** Removes stop tokens while an output has fewer than `minNewTokens` tokens. */
export function blockStopTokens(minNewTokens: number, stopTokens: readonly number[]): LogitFilter {
  return (logits, { tokens, promptLength }) => {
    if (tokens.length - promptLength >= minNewTokens) return;
    for (const token of stopTokens) logits[token] = REMOVED;
  };
}

/**
 * Makes stop tokens more likely with each token of the output beyond `start`: after n such tokens, a logit grows
 * by `|logit| (factor^n - 1)`.
 */
export function raiseStopTokens(
  start: number,
  factor: number,
  stopTokens: readonly number[],
): LogitFilter {
  return (logits, { tokens, promptLength }) => {
    const beyond = tokens.length - promptLength - start;
    if (beyond <= 0) return;
    for (const token of stopTokens) {
      const logit = logits[token];
      if (Number.isFinite(logit)) logits[token] += Math.abs(logit) * (factor ** beyond - 1);
    }
  };
}
