import { checkTokenPrompt } from '@ramble/core/domain';
import { nextTurn } from '@ramble/core/sampling';
import { type CircuitProgress, maskEffect, measureCircuits } from '@ramble/core/study';
import { z } from 'zod';

import { integer, prompt, question, type StreamedCall, streamedCall, text } from '../call.js';
import type { CircuitsAnswer, CircuitsEvent, CircuitsQuestion } from '../contract.js';
import {
  requestedModel,
  type ExploredModel,
  type ExploredModels,
} from '../models/requested-model.js';
import { pageTokens } from '../models/page-token.js';
import { checkRoom } from '../studies/prompt-readings.js';

const flag = z.boolean('true or false').optional();
const QUESTION = question({
  ...{ model: text, prompt, answer: integer(0).optional(), other: integer(0).optional() },
  ablate: z.enum(['zero', 'mean'], 'zero or mean').optional(),
  corrupted: prompt.optional(),
  ...{ attribute: flag, headScores: flag, unmasked: flag },
});

/**
 * Makes the call that measures the parts of a model: attribution, ablation, patching, scores of heads, and the effect
 * of the mask. It streams its progress, and lets other work run between two forward passes.
 */
export function circuitsCall(models: ExploredModels): StreamedCall<CircuitsEvent> {
  return streamedCall(QUESTION, (given, signal) => {
    const explored = requestedModel(models, given);
    const { config } = explored.model;
    checkRoom(config, given.prompt);
    if (given.corrupted) checkTokenPrompt('corrupted', given.corrupted, config.vocabSize);
    return circuits(explored, given, signal);
  });
}

async function* circuits(
  explored: ExploredModel,
  { prompt, unmasked, ...request }: CircuitsQuestion,
  signal?: AbortSignal,
): AsyncGenerator<CircuitsEvent, void, undefined> {
  const { model, domain } = explored;
  const describe = pageTokens(explored);
  const { answer, other, ...measured } = yield* inTurns(
    measureCircuits(model, prompt, request),
    signal,
  );
  const effect = unmasked && (yield* inTurns(maskEffect(model, prompt, domain.vocabulary), signal));
  const circuits: CircuitsAnswer = {
    ...(answer !== undefined && { answer: describe(answer) }),
    ...(other !== undefined && { other: describe(other) }),
    ...measured,
    ...(effect && { maskEffect: effect.tokens }),
  };
  yield { kind: 'circuits', circuits };
}

/** Number of steps in which the reported progress of a computation advances. Finer steps would not be visible. */
const EVENTS = 200;

/** Runs a computation to its end and yields its progress. Other tasks can run before each step. */
async function* inTurns<Result>(
  steps: Generator<CircuitProgress, Result, undefined>,
  signal?: AbortSignal,
): AsyncGenerator<CircuitsEvent, Result, undefined> {
  let shown = -1;
  for (;;) {
    await nextTurn();
    signal?.throwIfAborted();
    const next = steps.next();
    if (next.done) return next.value;
    const { done, total } = next.value;
    const part = Math.floor((EVENTS * done) / total);
    if (part > shown) yield { kind: 'progress', done, total };
    shown = part;
  }
}
