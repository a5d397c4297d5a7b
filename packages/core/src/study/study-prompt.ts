import type { PromptAttention } from './prompt-attention.js';
import type { TokenPrompt, Vocabulary } from '../domain/domain.js';
import type { Model } from '../model/model.js';

import { attentionRecorder } from './attention-weights.js';
import { cacheGrowth, type CacheStep } from './cache-growth.js';
import { lastScoresRecorder } from './last-scores.js';
import { type LensReading, logitLens } from './logit-lens.js';
import { type MaskEffect, maskEffect } from './mask-effect.js';
import { type HeadIndex, scoreRecorder, type ScoreTable } from './score-table.js';
import { shapeRecorder, type StepShape } from './step-shapes.js';
import { watchModel } from './watch-model.js';

/** A study of what a model computes for a prompt. */
export interface PromptStudy extends PromptAttention {
  /** Every step and its shape, in order. */
  readonly steps: readonly StepShape[];
  /** The scores and weights of one head. */
  readonly scoreTable: HeadIndex & ScoreTable;
  /** Scores of the last tokens in every head, `lastScores[layer][head]`, if requested. */
  readonly lastScores?: readonly (readonly ScoreTable[])[];
  /** The contents of the cache after each feed. */
  readonly cache: readonly CacheStep[];
  /** The predictions of the logit lens after each block. */
  readonly lens: readonly LensReading[];
  /** The effect of removing the mask, if requested. */
  readonly unmasked?: MaskEffect;
}

export interface StudyOptions {
  /** The head whose scores are wanted. */
  readonly head?: HeadIndex;
  /** Number of last tokens whose scores are recorded in every head. */
  readonly lastScores?: number;
  /** Next tokens of each reading of the lens. */
  readonly count?: number;
  /** Whether the mask is taken away too. */
  readonly unmasked?: boolean;
}

/**
 * Computes everything that The Illustrated GPT-2 draws, for a model and a prompt.
 *
 * @throws RangeError for an empty prompt, one longer than the context, or a head that is not there.
 * @see Alammar 2019, https://jalammar.github.io/illustrated-gpt2/
 */
export function studyPrompt(
  model: Model,
  prompt: TokenPrompt,
  vocabulary: Pick<Vocabulary, 'describe'>,
  { head = { layer: 0, head: 0 }, lastScores = 0, count = 5, unmasked = false }: StudyOptions = {},
): PromptStudy {
  const [shapes, scores, weights] = [
    shapeRecorder(),
    scoreRecorder(model.decoder, head),
    attentionRecorder(model.decoder),
  ];
  const corners = lastScoresRecorder(model.decoder, lastScores);
  const recorders = [shapes, scores, weights, ...(lastScores > 0 ? [corners] : [])];
  watchModel(model, prompt, (step) => {
    for (const { watch } of recorders) watch(step);
  });
  return {
    tokens: Array.from(prompt.tokens, (token) => ({ token, word: vocabulary.describe(token) })),
    steps: shapes.result(),
    scoreTable: { ...head, ...scores.result() },
    ...(lastScores > 0 && { lastScores: corners.result() }),
    attention: weights.result(),
    cache: cacheGrowth(model, prompt),
    lens: logitLens(model, prompt, vocabulary, count),
    ...(unmasked && { unmasked: maskEffect(model, prompt, vocabulary, head) }),
  };
}
