import type { TokenPrompt, Vocabulary } from '../domain/domain.js';
import { type Model, withConfig } from '../model/model.js';
import { likeliestTokens, type NextToken } from '../sampling/likeliest-tokens.js';

import { attentionRecorder } from './attention-weights.js';
import { type HeadIndex, scoreRecorder, type ScoreTable } from './score-table.js';
import { watchModel } from './watch-model.js';

/** The effect of the mask on one token. */
export interface TokenMasking {
  /** Share of the attention that goes to later tokens without the mask, averaged over all heads. */
  readonly ahead: number;
  /** The most likely next token with the mask, and without it. */
  readonly masked: NextToken;
  readonly unmasked: NextToken;
}

/** A prompt without its mask, where every token sees all tokens, as in BERT. */
export interface MaskEffect {
  /** Scores of one head without the mask, so that `masked` hides nothing. */
  readonly scoreTable: ScoreTable;
  /** The effect on each token, in order. */
  readonly tokens: readonly TokenMasking[];
}

/**
 * Takes the mask away, to see what it does. A model that has learned with it has never seen a later
 * token: this is for study, and no text can be written so, since what comes later is not there yet.
 *
 * @throws RangeError for a model of attention that is more than masked, and as `watchModel`.
 * @see Alammar 2019, The Illustrated GPT-2, on what tells GPT-2 from BERT
 */
export function maskEffect(
  model: Model,
  prompt: TokenPrompt,
  vocabulary: Pick<Vocabulary, 'describe'>,
  head: HeadIndex,
): MaskEffect {
  const { config, decoder } = model;
  const { attention } = config;
  if (attention !== 'causal' && attention !== 'prefix') {
    throw new RangeError(
      `attention: expected causal or prefix, whose mask can be removed, got ${attention}`,
    );
  }
  // A prompt that is all prefix is one whose tokens all see one another.
  const open = withConfig(model, { ...config, attention: 'prefix' });
  const whole = { ...prompt, prefixLength: prompt.tokens.length };
  const [scores, weights] = [scoreRecorder(decoder, head), attentionRecorder(decoder)];
  const unmasked = likeliest(open, whole, vocabulary, [scores.watch, weights.watch]);
  const masked = likeliest(model, prompt, vocabulary);
  const heads = weights.result().flat();
  const ahead = (t: number): number =>
    heads.reduce((sum, rows) => sum + total(rows[t].subarray(t + 1)), 0) / heads.length;
  return {
    scoreTable: scores.result(),
    tokens: masked.map((token, t) => ({ ahead: ahead(t), masked: token, unmasked: unmasked[t] })),
  };
}

/** The likeliest next token at every position. */
function likeliest(
  model: Model,
  prompt: TokenPrompt,
  vocabulary: Pick<Vocabulary, 'describe'>,
  watches: readonly Parameters<typeof watchModel>[2][] = [],
): NextToken[] {
  let found: NextToken[] = [];
  watchModel(model, prompt, (step) => {
    for (const watch of watches) watch(step);
    if (step.name !== 'logits') return;
    const [T, V] = step.value.shape;
    const logits = step.value.dataSync<'float32'>();
    found = Array.from({ length: T }, (_, t) => {
      return likeliestTokens(logits.subarray(t * V, (t + 1) * V), vocabulary, 1)[0];
    });
  });
  return found;
}

function total(weights: Float32Array): number {
  return weights.reduce((sum, weight) => sum + weight, 0);
}
