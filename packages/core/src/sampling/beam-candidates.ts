import { randomAt } from '../random/random.js';
import { kthLargest } from './filters/keep-top-k.js';
import { REMOVED } from './filters/logit-filter.js';
import { logSumExp } from './filters/softmax.js';
import { filterLogits, type SamplingRules } from './sampling-rules.js';

/** An output that grows. */
export interface Beam {
  /** Prompt and output. */
  readonly tokens: readonly number[];
  /** Of each token of the output, in nats, before filters. */
  readonly logProbabilities: readonly number[];
  /** Sum of the log-probabilities, after filters. */
  readonly sum: number;
  readonly grammarState: unknown;
}

/** A token that may come next in one of the beams. */
export interface Candidate {
  /** Which of the beams. */
  readonly beam: number;
  readonly token: number;
  /** Of the token, in nats, before filters. */
  readonly logProbability: number;
  /** Sum of the log-probabilities with it, after filters. */
  readonly sum: number;
}

export interface CandidateOptions {
  readonly promptLength: number;
  readonly outputStart?: number;
  /** Tokens of the outputs so far. */
  readonly step: number;
  readonly count: number;
}

/**
 * The best continuations of all beams, the best first. With the method `random` they are drawn
 * without replacement, each with the probability that its sum says. Filters see log-probabilities, as
 * in Hugging Face's beam search, and what they leave is not made to add up to one again.
 *
 * @param rows - The model's logits, `[V]` a beam.
 * @returns `count` of them, or all that filters leave.
 * @see Kool et al. 2019, https://arxiv.org/abs/1903.06059, for drawing without replacement
 */
export function chooseCandidates(
  rules: SamplingRules,
  beams: readonly Beam[],
  rows: readonly ArrayLike<number>[],
  { promptLength, outputStart, step, count }: CandidateOptions,
): Candidate[] {
  const { method, seed } = rules.config;
  const random = randomAt({ seed, purpose: 'sample', step });
  const found = beams.flatMap(({ tokens, sum, grammarState }, beam) => {
    const logits = rows[beam];
    const V = logits.length;
    const logProbabilities = new Float64Array(V);
    logProbabilities.set(logits);
    const normalizer = logSumExp(logits);
    for (let token = 0; token < V; token++) logProbabilities[token] -= normalizer;
    const filtered = filterLogits(
      rules,
      logProbabilities,
      { tokens, promptLength, outputStart },
      grammarState,
    );
    const keys = method === 'random' ? filtered.slice() : filtered;
    if (method === 'random') {
      for (let token = 0; token < V; token++) {
        // The largest of logits with Gumbel noise is a draw from their softmax, the k largest k draws.
        if (keys[token] !== REMOVED) keys[token] += gumbel(random.uniform(beam * V + token));
      }
    }
    return largestTokens(keys, count).map((token) => ({
      beam,
      token,
      logProbability: logProbabilities[token],
      sum: sum + filtered[token],
      key: sum + keys[token],
    }));
  });
  const chosen = found.sort((a, b) => b.key - a.key).slice(0, count);
  return chosen.sort((a, b) => b.sum - a.sum);
}

/** At least the `count` tokens of the largest keys, without those removed. */
function largestTokens(keys: Float64Array, count: number): number[] {
  const least = count < keys.length ? kthLargest(keys, count) : REMOVED;
  const tokens: number[] = [];
  for (let token = 0; token < keys.length; token++) {
    if (keys[token] >= least && keys[token] !== REMOVED) tokens.push(token);
  }
  return tokens;
}

function gumbel(uniform: number): number {
  return -Math.log(-Math.log(uniform + 2 ** -33)); // never 0
}
