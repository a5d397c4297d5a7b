import type { z } from 'zod';

import { checkQuestion } from './questions/check-question.js';

/**
 * A call that is answered as a whole; the question is from JSON, unchecked. The signal ends the work on an answer
 * that nobody waits for any more. Errors about the question begin with the field's name.
 */
export type WholeCall<Answer> = (question: unknown, signal?: AbortSignal) => Promise<Answer>;

/**
 * A call that is answered event by event; the question is from JSON, and checked at once, not when the events are
 * read. The signal ends them early. Errors about the question begin with the field's name.
 */
export type StreamedCall<Event> = (question: unknown, signal?: AbortSignal) => AsyncIterable<Event>;

/** Makes a call that is answered as a whole. */
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
 * Makes a call that is answered event by event.
 *
 * @param answer - Checks what depends on the model when it is called, not when its events are read.
 */
export function streamedCall<Question, Event>(
  schema: z.ZodType<Question>,
  answer: (question: Question, signal?: AbortSignal) => AsyncIterable<Event>,
): StreamedCall<Event> {
  return (given, signal) => answer(checkQuestion(schema, given), signal);
}
