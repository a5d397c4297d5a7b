import type { Clock, TokenPrompt } from '@ramble/core';
import {
  checkOutputCount,
  type FinishedBeam,
  promptWindow,
  sampledOutput,
  type SamplingRules,
  samplingRules,
  type ScheduledRequest,
  type ScheduledSequence,
  searchedOutput,
} from '@ramble/core/sampling';
import { z } from 'zod';

import {
  BATCH_SIZE,
  batchOf,
  type EventQueue,
  eventQueue,
  readTokens,
  whenAborted,
} from '../batch/model-batch.js';
import {
  integer,
  MAX_ALTERNATIVES,
  prompt,
  question,
  settings,
  type StreamedCall,
  streamedCall,
  text,
} from '../call.js';
import type { WriteEvent, WriteQuestion } from '../contract.js';
import { distribution, pageTokens } from '../models/page-token.js';
import {
  requestedModel,
  type ExploredModel,
  type ExploredModels,
  outputRules,
  tokenPrompt,
} from '../models/requested-model.js';

/** Maximum number of outputs per request. */
const MAX_OUTPUTS = 64;

const QUESTION = question({
  model: text,
  prompt,
  sampling: settings,
  options: settings.optional(),
  count: integer(1, MAX_OUTPUTS),
  alternatives: integer(0, MAX_ALTERNATIVES),
  sharing: z.enum(['parts', 'tokens'], 'parts or tokens').optional(),
});

/**
 * Makes the call that samples outputs and sends each token at once. `ramble sample` writes the same tokens with the
 * same settings and seed; other requests in the batch do not change them. If the signal aborts, the events end without
 * `done`.
 */
export function writeCall(models: ExploredModels, clock: Clock): StreamedCall<WriteEvent> {
  return streamedCall(QUESTION, (given, signal) => {
    const plan = writingPlan(requestedModel(models, given), given);
    return write(plan, clock, signal);
  });
}

async function* write(
  plan: WritingPlan,
  clock: Clock,
  signal?: AbortSignal,
): AsyncGenerator<WriteEvent, void, undefined> {
  const start = clock.now();
  const events = eventQueue<WriteEvent>();
  const batch = batchOf(plan.explored.model);
  const sequences =
    plan.rules.config.numBeams > 1
      ? [searchOutputs(plan, events, signal)]
      : sampleOutputs(plan, events);
  const forget = whenAborted(signal, events.end);
  let tokens = 0;
  try {
    batch.add({ prompt: plan.window, sequences, sharing: plan.sharing });
    for await (const event of events) {
      if (signal?.aborted) return;
      if (event.kind === 'token') tokens++;
      yield event;
    }
    if (signal?.aborted) return;
    yield { kind: 'done', tokens, seconds: (clock.now() - start) / 1000 };
  } finally {
    forget();
    for (const sequence of sequences) batch.remove(sequence);
  }
}

/**
 * Makes the sequences of outputs that are sampled token by token, as by `generate`.
 *
 * @param events - Receives the events, and is ended after the last one.
 */
function sampleOutputs(
  { explored, prompt, rules, count, alternatives }: WritingPlan,
  events: EventQueue<WriteEvent>,
): ScheduledSequence[] {
  const describe = pageTokens(explored);
  let unfinished = count;
  return Array.from({ length: count }, (_, output) =>
    sampledOutput(explored.model.decoder, prompt, {
      rules,
      number: output,
      onFail: events.fail,
      onEvent: (event, logits) => {
        if (event.kind === 'token') {
          const token = distribution(logits, describe).written(event.token, alternatives);
          events.push({ kind: 'token', output, token });
        } else if (event.kind === 'slide') {
          events.push({ kind: 'slide', output, kept: event.kept });
        } else {
          events.push({ kind: 'end', output, reason: event.reason });
          if (--unfinished === 0) events.end();
        }
      },
    }),
  );
}

/**
 * Makes the sequence of a beam search. After each step, it sends an event with the current beams. At the end, it
 * sends the outputs, the best first. The model reads the outputs once more to find the alternatives of each token.
 *
 * @param events - Receives the events, and is ended after the last one.
 */
function searchOutputs(
  plan: WritingPlan,
  events: EventQueue<WriteEvent>,
  signal?: AbortSignal,
): ScheduledSequence {
  const { explored, prompt, rules } = plan;
  const describe = pageTokens(explored);
  let step = 0;
  return searchedOutput(explored.model.decoder, prompt, {
    rules,
    stopWhen: () => false,
    onFail: events.fail,
    onStep: ({ pending, sources, sums }) => {
      const beams = pending.map(({ tokens }, i) => {
        return { parent: sources[i], token: describe(tokens[0]), score: sums[i] };
      });
      events.push({ kind: 'beams', step: step++, beams });
    },
    onEnd: (outputs) => {
      tellOutputs(plan, outputs, events, signal).then(events.end, events.fail);
    },
  });
}

async function tellOutputs(
  { explored, prompt: { tokens, prefixLength }, alternatives }: WritingPlan,
  outputs: readonly FinishedBeam[],
  events: EventQueue<WriteEvent>,
  signal?: AbortSignal,
): Promise<void> {
  if (outputs.length === 0) events.push({ kind: 'end', output: 0, reason: 'nothing' });
  for (const [output, { output: ids, end }] of outputs.entries()) {
    const text = { tokens: [...Array.from(tokens), ...ids], prefixLength };
    const written = await readTokens(explored, text, { from: tokens.length, alternatives, signal });
    for (const token of written) events.push({ kind: 'token', output, token });
    events.push({ kind: 'end', output, reason: end.reason, score: end.score });
  }
}

/** A checked request for outputs. */
interface WritingPlan {
  readonly explored: ExploredModel;
  readonly prompt: TokenPrompt;
  /** The part of the prompt that the model reads. */
  readonly window: ScheduledRequest['prompt'];
  readonly rules: SamplingRules;
  /** Number of outputs that are sampled; 1 with beams. */
  readonly count: number;
  /** Number of alternatives to return for each token. */
  readonly alternatives: number;
  /** Tokens of earlier requests that the prompt may reuse: whole chunks (`parts`) or every equal token (`tokens`). */
  readonly sharing: WriteQuestion['sharing'];
}

/**
 * Checks a request for outputs, as `generate` does.
 *
 * @throws TypeError or RangeError that names the setting, or the field.
 */
function writingPlan(
  explored: ExploredModel,
  { prompt: given, sampling, options, count, alternatives, sharing }: WriteQuestion,
): WritingPlan {
  const { domain, model } = explored;
  const { config, grammar } = outputRules(explored, sampling, options);
  const { numBeams } = config;
  if (numBeams > BATCH_SIZE) {
    throw new RangeError(`numBeams: expected at most ${BATCH_SIZE}, got ${numBeams}`);
  }
  checkOutputCount(count, config);
  const { stopTokens } = domain;
  const prompt = tokenPrompt(explored, given);
  const rules = samplingRules(model.config.vocabSize, config, { stopTokens, grammar });
  const window = promptWindow(model.decoder, prompt, { grammar });
  return { explored, prompt, window, rules, count, alternatives, sharing };
}
