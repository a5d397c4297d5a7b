import * as tf from '@tensorflow/tfjs-core';

import { samplingConfig, type SamplingConfig } from '../config/sampling-config.js';
import type { TokenPrompt } from '../domain/domain.js';
import type { Grammar } from '../domain/grammar.js';
import { advance, type Feed } from '../model/advance.js';
import { copySequence, createKvCache, resetSequence } from '../model/kv-cache.js';
import type { Model } from '../model/model.js';
import { randomAt } from '../random/random.js';
import { chooseToken } from './choose-token.js';
import { logProbabilityOf } from './log-probability.js';

export interface GenerateOptions extends Partial<SamplingConfig> {
  /** Sequences to write side by side; default 1. Each has random numbers of its own. */
  readonly count?: number;
  /** Ids that end a sequence; they are not part of it. */
  readonly stopTokens?: readonly number[];
  /** Asked after each token; true ends the sequence. A stop text is found this way. */
  readonly stopWhen?: (sequence: number, tokens: readonly number[]) => boolean;
  readonly grammar?: Grammar<unknown>;
}

export type GenerationEvent =
  | {
      readonly kind: 'token';
      /** Which of the sequences, from 0. */
      readonly sequence: number;
      readonly token: number;
      /** Natural logarithm of the model's probability, before temperature and filters. */
      readonly logProbability: number;
    }
  /** The context is full: the sequence goes on from its last `kept` tokens alone. */
  | { readonly kind: 'slide'; readonly sequence: number; readonly kept: number }
  | {
      readonly kind: 'end';
      readonly sequence: number;
      /** A stop token, the longest length, `stopWhen`, or a full context that cannot slide. */
      readonly reason: 'stop' | 'length' | 'asked' | 'context';
      /** The stop token. */
      readonly token?: number;
    };

interface Sequence {
  readonly index: number;
  /** Prompt and output. */
  readonly tokens: number[];
  readonly output: number[];
  grammarState?: unknown;
}

/**
 * Goes on from a prompt, token by token.
 *
 * Tokens depend on the model, the prompt and the options alone: the n-th token of a sequence is drawn
 * with the random number of (seed, sequence, n).
 *
 * @param prompt - At least one token; of a longer prompt than the context the end is read.
 * @throws RangeError for an empty prompt or an id that is not in the vocabulary.
 */
export async function* generate(
  model: Model,
  prompt: TokenPrompt,
  options: GenerateOptions = {},
): AsyncGenerator<GenerationEvent, void, undefined> {
  const { count = 1, stopTokens = [], stopWhen, grammar, ...settings } = options;
  const config = samplingConfig(settings);
  const { contextLength, vocabSize } = model.config;
  if (prompt.tokens.length === 0) {
    throw new RangeError('prompt: expected at least one token, got none');
  }
  const cache = createKvCache(model.config, count);
  let running = Array.from({ length: count }, (_, index): Sequence => {
    const tokens = Array.from(prompt.tokens);
    return { index, tokens, output: [], grammarState: grammar?.start(prompt) };
  });

  // The prompt is the same for all: one sequence reads it, the others copy what it remembers.
  const window = Array.from(prompt.tokens).slice(-contextLength);
  if (window.length < prompt.tokens.length) {
    if (model.config.attention === 'prefix') {
      throw new RangeError(
        `prompt: expected at most ${contextLength} tokens (contextLength), got ${prompt.tokens.length}`,
      );
    }
    for (const { index } of running) yield { kind: 'slide', sequence: index, kept: window.length };
  }
  const first = advance(model, cache, [
    { sequence: 0, tokens: window, prefixLength: prompt.prefixLength },
  ]);
  for (let sequence = 1; sequence < count; sequence++) copySequence(cache, 0, sequence);
  let rows: Float32Array[] = running.map(() => first);

  while (running.length > 0) {
    const feeds: Feed[] = [];
    const going: Sequence[] = [];
    for (const [row, sequence] of running.entries()) {
      const { index, output } = sequence;
      const random = randomAt({
        seed: config.seed,
        purpose: 'sample',
        step: output.length,
        stream: index,
      });
      const allowed = grammar?.allowed(sequence.grammarState);
      const token = chooseToken(rows[row], config, random.uniform(0), allowed);
      if (stopTokens.includes(token)) {
        yield { kind: 'end', sequence: index, reason: 'stop', token };
        continue;
      }
      sequence.tokens.push(token);
      output.push(token);
      sequence.grammarState = grammar?.advance(sequence.grammarState, token);
      const logProbability = logProbabilityOf(rows[row], token);
      yield { kind: 'token', sequence: index, token, logProbability };
      if (stopWhen?.(index, output)) {
        yield { kind: 'end', sequence: index, reason: 'asked' };
      } else if (output.length >= config.maxNewTokens) {
        yield { kind: 'end', sequence: index, reason: 'length' };
      } else if (cache.lengths[index] < contextLength) {
        feeds.push({ sequence: index, tokens: [token] });
        going.push(sequence);
      } else if (model.config.attention === 'prefix') {
        yield { kind: 'end', sequence: index, reason: 'context' };
      } else {
        const kept = keptOnSlide(contextLength, config.slideShare);
        yield { kind: 'slide', sequence: index, kept };
        resetSequence(cache, index);
        feeds.push({ sequence: index, tokens: sequence.tokens.slice(-kept) });
        going.push(sequence);
      }
    }
    running = going;
    if (feeds.length === 0) return;
    await tf.nextFrame(); // lets signals and drawing through
    const logits = advance(model, cache, feeds);
    rows = feeds.map((_, row) => logits.subarray(row * vocabSize, (row + 1) * vocabSize));
  }
}

/** Tokens that stay in the window, the newest among them, when a context is full. */
export function keptOnSlide(contextLength: number, slideShare: number): number {
  return Math.max(1, contextLength - Math.max(1, Math.round(contextLength * slideShare)));
}
