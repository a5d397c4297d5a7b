import { checkIds } from '../parameters/parameter.js';
import type { Model } from '../model/model.js';
import { randomAt } from '../random/random.js';
import { attentionWeights, type HeadWeights } from './source-attention.js';

/** Scores from 0 to 1 of every head, `[layer][head]`. */
export interface HeadScores {
  /** Mean weight of the token before. */
  readonly previous: readonly Float32Array[];
  /** Mean weight of the earlier copy of the same token. */
  readonly duplicate: readonly Float32Array[];
  /** Mean weight of the token that follows the earlier copy: the one that would be right as the next token. */
  readonly induction: readonly Float32Array[];
}

/** The random sequence on which heads are scored. */
export interface HeadScoreOptions {
  /** Seed of the tokens; default 0. */
  readonly seed?: number;
  /** Number of tokens that are repeated; by default 50, or as many as fit twice into the context. */
  readonly length?: number;
  /** Token before the sequence, such as the start of a text; by default, the sequence begins with the random tokens. */
  readonly start?: number;
  /** Tokens that are drawn; by default the whole vocabulary. */
  readonly candidates?: readonly number[];
}

/**
 * Scores every head on a sequence of random tokens that is repeated once. What helps to predict the second copy is only
 * that it is a copy, so that heads which find earlier copies stand out.
 *
 * @throws RangeError for a length that does not fit the context twice, or a token that is not in the vocabulary.
 * @see Olsson et al. 2022, "In-context Learning and Induction Heads", https://arxiv.org/abs/2209.11895
 */
export function headScores(
  model: Model,
  { seed = 0, length, start, candidates }: HeadScoreOptions = {},
): HeadScores {
  const { contextLength, vocabSize } = model.config;
  const before = start === undefined ? [] : [start];
  const most = Math.floor((contextLength - before.length) / 2);
  const L = length ?? Math.min(50, most);
  if (!Number.isInteger(L) || L < 2 || L > most) {
    throw new RangeError(
      `length: expected an integer from 2 to ${most}, which fits twice into the context, got ${L}`,
    );
  }
  checkIds('start', before, vocabSize);
  if (candidates) checkIds('candidates', candidates, vocabSize);
  const random = randomAt({ seed, purpose: 'probe', step: 0 });
  const count = candidates?.length ?? vocabSize;
  const drawn = Array.from({ length: L }, (_, i) => {
    const index = random.integer(i, count);
    return candidates?.[index] ?? index;
  });
  const heads = attentionWeights(model, { tokens: [...before, ...drawn, ...drawn] });
  const first = before.length + L; // first position of the second copy
  const scoresOf = (distance: number): Float32Array[] =>
    heads.map((layer) =>
      Float32Array.from(layer, (weights) => meanAt(weights, first, first + L, distance)),
    );
  return { previous: scoresOf(1), duplicate: scoresOf(L), induction: scoresOf(L - 1) };
}

/** Returns the mean weight at a distance, over a range of positions. */
function meanAt(weights: HeadWeights, start: number, end: number, distance: number): number {
  let sum = 0;
  for (let position = start; position < end; position++) {
    sum += weights[position][position - distance];
  }
  return sum / (end - start);
}
