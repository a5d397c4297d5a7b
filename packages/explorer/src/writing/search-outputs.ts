import { type FinishedBeam, type ScheduledSequence, searchedOutput } from '@ramble/core';

import type { EventQueue } from '../batch/event-queue.js';
import { readTokens } from '../batch/read-tokens.js';
import type { WriteEvent } from '../contract.js';
import { pageTokens } from '../models/page-token.js';
import type { WritingPlan } from './writing-plan.js';

/**
 * Begins a beam search: each step is told with the beams that survive it, and at the end the outputs, the best
 * first, whose tokens are read once more for what else could have been.
 *
 * @param events - Receives what happens, and ends with the last of them.
 */
export function searchOutputs(
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
  { explored, prompt: { tokens, prefixLength }, rivals }: WritingPlan,
  outputs: readonly FinishedBeam[],
  events: EventQueue<WriteEvent>,
  signal?: AbortSignal,
): Promise<void> {
  if (outputs.length === 0) events.push({ kind: 'end', output: 0, reason: 'nothing' });
  for (const [output, { output: ids, end }] of outputs.entries()) {
    const text = { tokens: [...Array.from(tokens), ...ids], prefixLength };
    const written = await readTokens(explored, text, { from: tokens.length, rivals, signal });
    for (const token of written) events.push({ kind: 'token', output, token });
    events.push({ kind: 'end', output, reason: end.reason, score: end.score });
  }
}
