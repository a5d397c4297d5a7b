import type { TokenPrompt } from '../domain/domain.js';
import type { Model } from '../model/model.js';
import { randomAt } from '../random/random.js';
import { tokenRows } from './cache-growth.js';
import { watchModel } from './watch-model.js';

/** Scores of one attention head, each from 0 to 1. */
export interface HeadScores {
  /** Attention to the previous token. */
  readonly previous: number;
  /** Attention to earlier occurrences of the same token. */
  readonly duplicate: number;
  /** Attention to the tokens that followed earlier occurrences of the same token. */
  readonly induction: number;
}

/**
 * Scores how much every head attends to the keys of each pattern of `HeadScores`, `scores[layer][head]`: the sum of
 * the head's attention weights on these keys, divided by a number of tokens.
 *
 * @param over - The tokens over which a score is a mean: those that have a key of the pattern, or `all` tokens, as in
 *   TransformerLens' `detect_head`.
 * @throws RangeError for an empty prompt, one longer than the context, or an id that is not in the vocabulary.
 * @see Olsson et al. 2022, https://arxiv.org/abs/2209.11895 (induction heads and the score of repeated sequences)
 */
export function headScores(
  { decoder, ...model }: Model,
  prompt: TokenPrompt,
  { over = 'matching' }: { readonly over?: 'matching' | 'all' } = {},
): HeadScores[][] {
  const tokens = Array.from(prompt.tokens);
  const patterns = Object.entries(PATTERNS).map(([name, isMatch]) => {
    const keys = tokens.map((_, t) =>
      Array.from({ length: t + 1 }, (__, seen) => seen).filter((seen) => isMatch(tokens, t, seen)),
    );
    const matching = keys.filter((each) => each.length > 0).length;
    return { name, keys, count: over === 'all' ? tokens.length : matching };
  });
  const scores: HeadScores[][] = [];
  watchModel({ decoder, ...model }, prompt, ({ step, block = 0, value }) => {
    if (step !== 'attention.weights') return;
    const heads = tokenRows(value, 'weights', decoder.layers[block].attention);
    scores.push(
      heads.map((rows) => {
        const own = patterns.map(({ name, keys, count }) => {
          let total = 0;
          rows.forEach((row, t) => {
            for (const seen of keys[t]) total += row[seen];
          });
          return [name, count === 0 ? 0 : total / count];
        });
        return Object.fromEntries(own) as HeadScores; // the names of the patterns
      }),
    );
  });
  return scores;
}

/** Functions that return whether the key at position `seen` belongs to a pattern for the query at position `t`. */
const PATTERNS: Record<
  keyof HeadScores,
  (tokens: readonly number[], t: number, seen: number) => boolean
> = {
  previous: (_, t, seen) => seen === t - 1,
  duplicate: (tokens, t, seen) => seen < t && tokens[seen] === tokens[t],
  induction: (tokens, t, seen) =>
    seen > 0 && tokens[seen - 1] === tokens[t] && seen <= t && seen - 1 < t,
};

/**
 * Returns a sequence of random tokens, twice. The tokens differ from one another, so that each token of the second
 * half has one earlier occurrence.
 *
 * @param length - Number of tokens of one half.
 * @throws RangeError if the vocabulary has fewer tokens.
 */
export function repeatedTokens(vocabSize: number, length: number, seed = 0): Int32Array {
  if (!Number.isInteger(length) || length < 1 || length > vocabSize) {
    throw new RangeError(
      `length: expected 1 to ${vocabSize} tokens (the vocabulary), got ${length}`,
    );
  }
  const random = randomAt({ seed, purpose: 'probe', step: 0 });
  const ids = Int32Array.from({ length: vocabSize }, (_, id) => id);
  for (let i = 0; i < length; i++) {
    const other = i + random.integer(i, vocabSize - i); // a Fisher-Yates shuffle of the first tokens
    [ids[i], ids[other]] = [ids[other], ids[i]];
  }
  const half = ids.subarray(0, length);
  return Int32Array.from([...half, ...half]);
}

/** Maximum number of random tokens that are repeated. */
const MAX_REPEATED = 50;

/**
 * Scores every head on random tokens that are repeated once, as many as fit into the context. Only the repetition
 * helps to predict the second half, so induction heads stand out.
 */
export function repeatedHeadScores(model: Model): HeadScores[][] {
  const { contextLength, vocabSize } = model.config;
  const length = Math.max(1, Math.min(MAX_REPEATED, vocabSize, Math.floor(contextLength / 2)));
  return headScores(model, {
    tokens: repeatedTokens(vocabSize, length).subarray(0, contextLength),
  });
}
