import { randomAt } from '../random/random.js';
import { REMOVED } from './filters/logit-filter.js';
import { logSumExp } from './filters/softmax.js';
import { filterLogits, keepsLogits, type SamplingRules } from './sampling-rules.js';

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
  const isDrawn = method === 'random';
  const found = beams.flatMap(({ tokens, sum, grammarState }, beam) => {
    const logits = rows[beam];
    const V = logits.length;
    const normalizer = logSumExp(logits);
    // What nothing changes has the order of the logits: it needs no array of its own.
    const filtered =
      isDrawn || !keepsLogits(rules)
        ? filterLogits(
            rules,
            logProbabilitiesOf(logits, normalizer),
            { tokens, promptLength, outputStart },
            grammarState,
          )
        : undefined;
    const keys = filtered?.slice();
    for (let token = 0; keys && isDrawn && token < V; token++) {
      // The largest of logits with Gumbel noise is a draw from their softmax, the k largest k draws.
      if (keys[token] !== REMOVED) keys[token] += gumbel(random.uniform(beam * V + token));
    }
    return largestTokens(keys ?? logits, count).map((token) => {
      const logProbability = logits[token] - normalizer;
      const own = filtered ? filtered[token] : logProbability;
      return { beam, token, logProbability, sum: sum + own, key: sum + (keys ? keys[token] : own) };
    });
  });
  const chosen = found.sort((a, b) => b.key - a.key).slice(0, count);
  return chosen.sort((a, b) => b.sum - a.sum);
}

/** The `count` tokens of the largest keys, the largest first, of equal ones the smaller; none that is removed. */
function largestTokens(keys: ArrayLike<number>, count: number): number[] {
  const tokens: number[] = [];
  let least = REMOVED;
  for (let token = 0; token < keys.length; token++) {
    const key = keys[token];
    if (!(key > least)) continue;
    let at = tokens.length;
    while (at > 0 && keys[tokens[at - 1]] < key) at--;
    tokens.splice(at, 0, token);
    if (tokens.length > count) tokens.pop();
    if (tokens.length === count) least = keys[tokens[count - 1]];
  }
  return tokens;
}

function logProbabilitiesOf(logits: ArrayLike<number>, normalizer: number): Float64Array {
  const logProbabilities = new Float64Array(logits.length);
  for (let i = 0; i < logits.length; i++) logProbabilities[i] = logits[i] - normalizer;
  return logProbabilities;
}

function gumbel(uniform: number): number {
  return -Math.log(-Math.log(uniform + 2 ** -33)); // never 0
}
