import type { Model, TokenPrompt } from '@ramble/core';
import type { TextStream } from '@ramble/core/app';
import {
  nextTurn,
  sampledOutput,
  type SamplingRules,
  type Scheduler,
  untilStop,
} from '@ramble/core/sampling';

/** Options of an answer. */
export interface AnswerOptions {
  readonly rules: SamplingRules;
  /** Number of the answer, which distinguishes answers with one seed; default 0. */
  readonly number?: number;
  /** Texts before which the answer ends. */
  readonly stopTexts: readonly string[];
  /** Ends the answer between two tokens. */
  readonly signal?: AbortSignal;
}

/**
 * End of an answer: the model's stop token, its maximum length or the end of the context, or a
 * signal.
 */
export type AnswerEnd = 'stop' | 'length' | 'stopped';

/** An answer that has ended. */
export interface WrittenAnswer {
  readonly text: string;
  readonly end: AnswerEnd;
  /** Number of its tokens, including its end. */
  readonly tokens: number;
}

/**
 * Writes an answer, a piece of text at a time. Tokens that the scheduler holds of earlier turns are not read again.
 *
 * @param stream - Decodes the answer.
 */
export async function* writeAnswer(
  model: Model,
  scheduler: Scheduler,
  stream: TextStream,
  prompt: TokenPrompt,
  { rules, number = 0, stopTexts, signal }: AnswerOptions,
): AsyncGenerator<string, WrittenAnswer, undefined> {
  const filter = untilStop(stopTexts);
  const pieces: string[] = [];
  let text = '';
  let tokens = 0;
  let end: AnswerEnd | undefined;
  let failure: Error | undefined;
  // The end of the context ends an answer: the window must not slide over its question.
  const question = { ...prompt, outputStart: prompt.tokens.length };
  const sequence = sampledOutput(model.decoder, question, {
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
  try {
    while (!hasEnded()) {
      await nextTurn(); // signals arrive
      if (signal?.aborted) break;
      scheduler.step();
      const piece = pieces.splice(0).join('');
      text += piece;
      if (piece !== '') yield piece;
    }
  } finally {
    if (!hasEnded()) scheduler.remove(sequence);
  }
  const failed = failure; // set by a call that flow analysis does not see
  if (failed) throw failed;
  const rest = filter.push(stream.end()) + filter.end();
  if (rest !== '') yield rest;
  return { text: text + rest, end: end ?? 'stopped', tokens };
}
