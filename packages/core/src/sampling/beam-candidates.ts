import { randomAt } from '../random/random.js';
import { logSumExp, REMOVED } from './filters/softmax.js';
import { largestTokens } from './draw-token.js';
import { filterLogits, keepsLogits, type SamplingRules } from './sampling-rules.js';

/** An unfinished output of a beam search. */
export interface Beam {
  /** Tokens of the prompt and the output. */
  readonly tokens: readonly number[];
  /** Log-probability of each token of the output in nats, before filters. */
  readonly logProbabilities: readonly number[];
  /** Sum of the log-probabilities of the output's tokens in nats, after filters. */
  readonly sum: number;
  readonly grammarState: unknown;
}

/** A token that may come next in one of the beams. */
export interface Candidate {
  /** Index of the beam that the candidate continues. */
  readonly beam: number;
  readonly token: number;
  /** Log-probability of the token in nats, before filters. */
  readonly logProbability: number;
  /** Sum of the log-probabilities of the beam's output and this token in nats, after filters. */
  readonly sum: number;
}

export interface CandidateOptions {
  readonly promptLength: number;
  readonly outputStart?: number;
  /** Number of tokens of the outputs so far. */
  readonly step: number;
  readonly count: number;
}

/**
 * Chooses the best continuations of all beams, best first. With the method `random` they are drawn without
 * replacement, with probabilities from their sums. As in Hugging Face's beam search, filters apply to
 * log-probabilities, and the remaining probabilities are not renormalized.
 *
 * @param rows - The model's logits, `[V]` for each beam.
 * @returns `count` candidates, or all that filters leave.
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
    const logProbabilities = (): Float64Array => logProbabilitiesOf(logits, normalizer);
    const written = { tokens, promptLength, outputStart };
    // Without filters, the scores have the order of the logits and need no separate array.
    const scores = keepsLogits(rules)
      ? undefined
      : filterLogits(rules, logProbabilities(), written, grammarState);
    const keys = isDrawn
      ? withGumbel(scores ?? logProbabilities(), (token) => random.uniform(beam * V + token))
      : (scores ?? logits);
    return largestTokens(keys, count).map((token) => {
      const logProbability = logits[token] - normalizer;
      const own = scores ? scores[token] : logProbability;
      const key = sum + (isDrawn ? keys[token] : own);
      return { beam, token, logProbability, sum: sum + own, key };
    });
  });
  const chosen = found.sort((a, b) => b.key - a.key).slice(0, count);
  return chosen.sort((a, b) => b.sum - a.sum);
}

/** Adds Gumbel noise to scores. The tokens of the k largest sums are k draws without replacement from the softmax. */
function withGumbel(scores: Float64Array, uniformOf: (token: number) => number): Float64Array {
  const keys = scores.slice();
  for (let token = 0; token < keys.length; token++) {
    if (keys[token] !== REMOVED) keys[token] -= Math.log(-Math.log(uniformOf(token) + 2 ** -33)); // never 0
  }
  return keys;
}

function logProbabilitiesOf(logits: ArrayLike<number>, normalizer: number): Float64Array {
  const logProbabilities = new Float64Array(logits.length);
  for (let i = 0; i < logits.length; i++) logProbabilities[i] = logits[i] - normalizer;
  return logProbabilities;
}
