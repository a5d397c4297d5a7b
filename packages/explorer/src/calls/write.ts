import type { Clock } from '@ramble/core';

import { batchOf, eventQueue, whenAborted } from '../batch/model-batch.js';
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
import type { WriteEvent } from '../contract.js';
import { askedModel, type ExploredModels } from '../models/asked-model.js';
import {
  sampleOutputs,
  searchOutputs,
  type WritingPlan,
  writingPlan,
} from '../writing/sample-outputs.js';

/** Maximum number of outputs per request. */
const MAX_OUTPUTS = 64;

const QUESTION = question({
  model: text,
  prompt,
  sampling: settings,
  options: settings.optional(),
  count: integer(1, MAX_OUTPUTS),
  alternatives: integer(0, MAX_ALTERNATIVES),
});

/**
 * Writes outputs, and sends each token once it is sampled. `ramble sample` writes the same tokens with the same
 * settings and seed; other requests in the batch do not change them. If the signal aborts, the events end without
 * `done`.
 */
export function writeCall(models: ExploredModels, clock: Clock): StreamedCall<WriteEvent> {
  return streamedCall(QUESTION, (given, signal) => {
    const plan = writingPlan(askedModel(models, given), given);
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
    batch.add({ prompt: plan.window, sequences });
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
