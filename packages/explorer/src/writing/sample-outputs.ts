import { sampledOutput, type ScheduledSequence } from '@ramble/core';

import type { EventQueue } from '../batch/event-queue.js';
import type { WriteEvent } from '../contract.js';
import { distribution } from '../distribution.js';
import { pageTokens } from '../models/page-token.js';
import type { WritingPlan } from './writing-plan.js';

/**
 * Begins outputs that are sampled token by token, as `generate` samples them.
 *
 * @param events - Receives what happens, and ends with the last of them.
 */
export function sampleOutputs(
  { explored, prompt, rules, count, rivals }: WritingPlan,
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
          const token = distribution(logits, describe).written(event.token, rivals);
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
