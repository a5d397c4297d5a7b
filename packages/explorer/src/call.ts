import type { z } from 'zod';

import { checkQuestion } from './questions/check-question.js';

/**
 * A call with one answer. Its question is unchecked JSON. The signal ends the work if the answer is no longer
 * needed. Errors about the question begin with the field's name.
 */
export type WholeCall<Answer> = (question: unknown, signal?: AbortSignal) => Promise<Answer>;

/**
 * A call that is answered by a stream of events. Its question is JSON, which is checked immediately, not when
 * the events are read. The signal ends them early. Errors about the question begin with the field's name.
 */
export type StreamedCall<Event> = (question: unknown, signal?: AbortSignal) => AsyncIterable<Event>;

/** Makes a call with one answer. */
export function wholeCall<Question, Answer>(
  schema: z.ZodType<Question>,
  answer: (question: Question, signal?: AbortSignal) => Answer | Promise<Answer>,
): WholeCall<Answer> {
  return async (given, signal) => {
    const question = checkQuestion(schema, given);
    signal?.throwIfAborted();
    return answer(question, signal);
  };
}

/**
 * Makes a call that is answered by a stream of events.
 *
 * @param answer - Returns the events. It checks the question against the model when it is called, not when
 *   its events are read.
 */
export function streamedCall<Question, Event>(
  schema: z.ZodType<Question>,
  answer: (question: Question, signal?: AbortSignal) => AsyncIterable<Event>,
): StreamedCall<Event> {
  return (given, signal) => answer(checkQuestion(schema, given), signal);
}
