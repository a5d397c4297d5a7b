import { setImmediate } from 'node:timers/promises';

import {
  sampledOutput,
  type SamplingRules,
  type Scheduler,
  type TokenPrompt,
  untilStop,
} from '@ramble/core';

import type { AppModel } from '../../outputs/app-model.js';

export interface AnswerOptions {
  readonly rules: SamplingRules;
  /** Tells apart the answers of one seed. */
  readonly number: number;
  /** Texts before which the answer ends. */
  readonly stopTexts: readonly string[];
  /** Whether somebody wants no more of it. */
  readonly isStopped: () => boolean;
}

/** How an answer ended: by itself, at its maximum length, or as somebody stopped it. */
export type AnswerEnd = 'stop' | 'length' | 'stopped';

/**
 * Writes an answer, a piece of text at a time. What the scheduler holds of earlier turns is not read again.
 *
 * @returns how it ended, and the number of its tokens.
 */
export async function* writeAnswer(
  { app, domain, model, scheduler }: AppModel & { readonly scheduler: Scheduler },
  prompt: TokenPrompt,
  { rules, number, stopTexts, isStopped }: AnswerOptions,
): AsyncGenerator<string, { readonly end: AnswerEnd; readonly tokens: number }> {
  const stream = app.streamOutput?.(domain);
  if (!stream) throw new Error(`${app.name}: expected outputs that are text, got others`);
  const filter = untilStop(stopTexts);
  const pieces: string[] = [];
  let tokens = 0;
  let end: AnswerEnd | undefined;
  let failure: Error | undefined;
  // The end of the context ends an answer: without its prompt it would be none.
  const question = { ...prompt, outputStart: prompt.tokens.length };
  const sequence = sampledOutput(model.config, question, {
    rules,
    number,
    hasStopped: () => filter.stopped,
    onEvent: (event) => {
      if (event.kind === 'token') {
        tokens++;
        pieces.push(filter.push(stream.push(event.token)));
      }
      if (event.kind === 'end') {
        end = ['length', 'context'].includes(event.reason) ? 'length' : 'stop';
      }
    },
    onFail: (error) => {
      failure = error instanceof Error ? error : new Error(String(error));
      end = 'stopped';
    },
  });
  scheduler.add({ prompt: question, sequences: [sequence], sharing: 'tokens' });
  const hasEnded = (): boolean => end !== undefined;
  while (!hasEnded()) {
    await setImmediate(); // lets signals through
    if (isStopped()) {
      scheduler.remove(sequence);
      end = 'stopped';
    } else {
      scheduler.step();
      yield pieces.splice(0).join('');
    }
  }
  const failed = failure; // set by a call that flow analysis does not see
  if (failed) throw failed;
  yield filter.push(stream.end()) + filter.end();
  return { end: end ?? 'stopped', tokens };
}
