import type { TokenPrompt, Vocabulary } from '../domain/domain.js';
import { type Model, withConfig } from '../model/model.js';
import type { NextToken } from '../sampling/explorer.js';
import { type BlockReading, shapeRecorder, type StepShape } from './block-reading.js';
import { cacheGrowth, type CacheStep } from './cache-growth.js';
import { type CircuitProgress, finished } from './circuit-matrices.js';
import { logitLens, type LensReading } from './logit-lens.js';
import { type PromptReading, readPrompt } from './read-prompt.js';
import { checkIndex, type HeadIndex, scoreRecorder, type ScoreTable } from './score-table.js';
import {
  attentionRecorder,
  lastScoresRecorder,
  meanOfHeads,
  type PromptAttention,
} from './source-attention.js';
import { watchModel } from './watch-model.js';

/** A study of what a model computes for a prompt. */
export interface PromptStudy extends PromptAttention {
  /** Name of every step of the model and shape of its result, in order. */
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
  /** The head whose scores are returned; default: head 0 of layer 0. */
  readonly head?: HeadIndex;
  /** Number of last tokens whose scores are recorded in every head; default 0, for no scores. */
  readonly lastScores?: number;
  /** Number of tokens in each prediction of the logit lens; default 5. */
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
    ...(unmasked && { unmasked: finished(maskEffect(model, prompt, vocabulary, head)) }),
  };
}

/** Converts rows of numbers for JSON: six significant digits, and `null` for `-Infinity` (a masked score). */
export function plainRows(rows: readonly Float32Array[]): (number | null)[][] {
  return rows.map((row) =>
    Array.from(row, (value) => (value === -Infinity ? null : Number(value.toPrecision(6)))),
  );
}

/** The effect of the mask on one token. */
export interface TokenMasking {
  /** Fraction of the attention that goes to later tokens without the mask, averaged over all heads. */
  readonly ahead: number;
  /** The most likely next token with the mask. `unmasked` is the most likely one without the mask. */
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
 * @param head - The head whose scores are returned; default: head 0 of layer 0.
 * @returns a generator that yields its progress after each of the blocks of three passes.
 * @throws RangeError for a model with attention that is more than a mask, such as ALiBi, for a head that does not
 *   exist, and in the same cases as `readPrompt`.
 * @see Alammar 2019, The Illustrated GPT-2, on the difference between GPT-2 and BERT
 */
export function* maskEffect(
  model: Model,
  prompt: TokenPrompt,
  vocabulary: Pick<Vocabulary, 'describe'>,
  { layer: shown, head }: HeadIndex = { layer: 0, head: 0 },
): Generator<CircuitProgress, MaskEffect, undefined> {
  const { attention, nLayer, nHead } = model.config;
  if (attention.split(',').some((kind) => !ONLY_MASKS.includes(kind))) {
    throw new RangeError(
      `attention: expected ${ONLY_MASKS.join(', ')}, whose mask can be removed, got ${attention}`,
    );
  }
  checkIndex('layer', shown, nLayer);
  checkIndex('head', head, nHead);
  // All tokens of a prompt that is a single prefix see one another.
  const open = withConfig(model, { ...model.config, attention: 'prefix' });
  const whole = { ...prompt, prefixLength: prompt.tokens.length };
  const total = 3 * nLayer;
  const read = function* (
    reading: Generator<number, PromptReading, undefined>,
    before: number,
  ): Generator<CircuitProgress, PromptReading, undefined> {
    for (;;) {
      const { done, value } = reading.next();
      if (done) return value;
      yield { done: before + value, total };
    }
  };
  const own = yield* read(readPrompt(model, prompt, vocabulary, { count: 1 }), 0);
  const opened = yield* read(readPrompt(open, whole, vocabulary, { count: 1 }), nLayer);
  const shares: number[][] = [];
  for (let layer = 0; layer < nLayer; layer++) {
    shares.push(aheadOf(opened.block(layer), nHead));
    yield { done: 2 * nLayer + layer + 1, total };
  }
  const [masked, unmasked] = [own, opened].map((reading) => reading.lensAfter(nLayer));
  return {
    scoreTable: opened.block(shown).table(head),
    tokens: masked.map((token, t) => ({
      ahead: shares.reduce((all, layer) => all + layer[t], 0) / nLayer,
      masked: token,
      unmasked: unmasked[t],
    })),
  };
}

/** Returns the fraction of each token's attention that goes to later tokens, as the mean over the heads of a block. */
function aheadOf(block: BlockReading, nHead: number): number[] {
  const heads = Array.from({ length: nHead }, (_, head) => block.table(head).weights);
  return heads[0].map((_, t) => {
    const later = meanOfHeads(heads, t).subarray(t + 1);
    return later.reduce((sum, weight) => sum + weight, 0);
  });
}
