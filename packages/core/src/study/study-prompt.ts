import * as tf from '@tensorflow/tfjs-core';

import type { TokenPrompt, Vocabulary } from '../domain/domain.js';
import { forwardOps, logitsOf } from '../model/forward.js';
import { type Model, withConfig } from '../model/model.js';
import { residualStreams } from '../model/transformer.js';
import { likeliestTokens, type NextToken } from '../sampling/explorer.js';
import { shapeRecorder, type StepShape } from './block-reading.js';
import { cacheGrowth, type CacheStep, promptBatch } from './cache-growth.js';
import { attentionRecorder, lastScoresRecorder, type PromptAttention } from './source-attention.js';
import { type HeadIndex, scoreRecorder, type ScoreTable } from './score-table.js';
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
  /** The head whose scores are returned. */
  readonly head?: HeadIndex;
  /** Number of last tokens whose scores are recorded in every head. */
  readonly lastScores?: number;
  /** Number of tokens in each prediction of the lens. */
  readonly count?: number;
  /** Whether to study the effect of removing the mask. */
  readonly unmasked?: boolean;
}

/**
 * Computes everything that The Illustrated GPT-2 draws, for a model and a prompt.
 *
 * @throws RangeError for an empty prompt, one longer than the context, or a head that does not exist.
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

/** Converts rows of numbers for JSON: six significant digits, `null` if attention is masked. */
export function plainRows(rows: readonly Float32Array[]): (number | null)[][] {
  return rows.map((row) =>
    Array.from(row, (value) => (value === -Infinity ? null : Number(value.toPrecision(6)))),
  );
}

/** The predictions of the logit lens at one layer. */
export interface LensReading {
  /** Number of blocks before the reading: 0 for the embeddings, `nLayer` for the model's output. */
  readonly blocks: number;
  /** The most likely next tokens, most likely first. */
  readonly tokens: readonly NextToken[];
}

/**
 * Returns the predictions that the model would make if it ended after each block: the final norm and the output
 * projection, applied to the stream at the last token.
 *
 * @param count - Number of tokens of each prediction, at most the size of the vocabulary.
 * @throws RangeError for an empty prompt or one longer than the context.
 * @see nostalgebraist 2020, "interpreting GPT: the logit lens"
 */
export function logitLens(
  { config, decoder, parameters: store }: Model,
  prompt: TokenPrompt,
  vocabulary: Pick<Vocabulary, 'describe'>,
  count: number,
): LensReading[] {
  const batch = promptBatch(config, prompt);
  const last = batch.tokens.length - 1;
  const readings: LensReading[] = [];
  tf.tidy(() => {
    const parameters = store.tensors();
    const ops = forwardOps(decoder, parameters, batch);
    const read = (x: tf.Tensor2D): void => {
      const logits = tf.tidy(() => {
        const stream = tf.slice(x, [last, 0], [1, config.nEmbd]);
        return logitsOf(config, parameters, ops.norm(stream, 'finalNorm'));
      });
      const tokens = likeliestTokens(logits.dataSync(), vocabulary, count);
      readings.push({ blocks: readings.length, tokens });
    };
    residualStreams(decoder, ops).forEach(read);
  });
  return readings;
}

/** The effect of the mask on one token. */
export interface TokenMasking {
  /** Fraction of the attention that goes to later tokens without the mask, averaged over all heads. */
  readonly ahead: number;
  /** The most likely next token with the mask, and without it. */
  readonly masked: NextToken;
  readonly unmasked: NextToken;
}

/** Results for a prompt without the mask, so that every token sees all tokens, as in BERT. */
export interface MaskEffect {
  /** Scores of one head without the mask, so that `masked` hides nothing. */
  readonly scoreTable: ScoreTable;
  /** The effect on each token, in order. */
  readonly tokens: readonly TokenMasking[];
}

/** Kinds of attention that differ only by their mask. */
const ONLY_MASKS: readonly string[] = ['causal', 'prefix', 'window', 'local', 'local-independent'];

/**
 * Removes the mask, to study its effect. A model trained with the mask has never attended to later tokens.
 * Text cannot be generated without it, because later tokens do not exist yet.
 *
 * @throws RangeError for a model with attention that is more than a mask, such as ALiBi, and as `watchModel`.
 * @see Alammar 2019, The Illustrated GPT-2, on the difference between GPT-2 and BERT
 */
export function maskEffect(
  model: Model,
  prompt: TokenPrompt,
  vocabulary: Pick<Vocabulary, 'describe'>,
  head: HeadIndex,
): MaskEffect {
  const { config } = model;
  const { attention } = config;
  if (attention.split(',').some((kind) => !ONLY_MASKS.includes(kind))) {
    throw new RangeError(
      `attention: expected ${ONLY_MASKS.join(', ')}, whose mask can be removed, got ${attention}`,
    );
  }
  // All tokens of a prompt that is a single prefix see one another.
  const open = withConfig(model, { ...config, attention: 'prefix' });
  const { decoder } = open;
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

/** Returns the most likely next token at every position. */
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
