import { shownText, shownValue } from '@ramble/core/files';
import { z } from 'zod';

import type { PagePrompt, PromptQuestion } from './contract.js';
import {
  requestedModel,
  type ExploredModel,
  type ExploredModels,
} from './models/requested-model.js';

/**
 * A remote call with one answer. The question (the call's argument) is unchecked JSON. The signal ends the work if the
 * answer is no longer needed. Errors about the question begin with the field's name.
 */
export type WholeCall<Answer> = (question: unknown, signal?: AbortSignal) => Promise<Answer>;

/**
 * A remote call that is answered by a stream of events. The question is JSON, which is checked immediately, not when
 * the events are read. The signal ends the stream early. Errors about the question begin with the field's name.
 */
export type StreamedCall<Event> = (question: unknown, signal?: AbortSignal) => AsyncIterable<Event>;

/** Makes a remote call with one answer, which checks its question by a schema. */
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

/**
 * Checks a JSON question by its schema, whose messages name the expected values.
 *
 * @throws TypeError for a value of another kind or an unknown field, RangeError for one out of range; both
 *   begin with the path of the field: `prompt.tokens[3]: expected …, got …`.
 */
function checkQuestion<Question>(schema: z.ZodType<Question>, given: unknown): Question {
  const checked = schema.safeParse(given);
  if (checked.success) return checked.data;
  throw errorOf(checked.error.issues[0], given);
}

function errorOf(issue: z.core.$ZodIssue, given: unknown): Error {
  if (issue.code === 'unrecognized_keys') {
    const path = [...issue.path, issue.keys[0]];
    return new TypeError(
      `${pathOf(path)}: expected no such field, got ${shownValue(at(given, path))}`,
    );
  }
  const value = at(given, issue.path);
  const field = issue.path.length > 0 ? pathOf(issue.path) : 'question';
  const message = `${field}: expected ${issue.message}, got ${shownValue(value)}`;
  return issue.code === 'invalid_type' ? new TypeError(message) : new RangeError(message);
}

type Fields = Readonly<Record<PropertyKey, unknown>>;

/** Returns the value at a path in a question. */
function at(given: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Fields)[key], given);
}

/** Formats a path as in JavaScript: `prompt.tokens[3]`. */
function pathOf(path: readonly PropertyKey[]): string {
  return path
    .map((key, i) => {
      if (typeof key === 'number') return `[${key}]`;
      return `${i > 0 ? '.' : ''}${shownText(String(key))}`;
    })
    .join('');
}

/** Maximum number of most probable tokens that a call returns for one position. */
export const MAX_ALTERNATIVES = 1000;

/** Schema of any text. */
export const text = z.string('a text');

/** Makes the schema of an integer in a range, by default without an upper end. */
export function integer(min: number, max: number = Number.MAX_SAFE_INTEGER): z.ZodInt {
  const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
  const message = `an integer ${range}`;
  return z.int(message).min(min, message).max(max, message);
}

/** Schema of settings by name. Their values are checked later, by the model's table of settings. */
export const settings = z.record(z.string(), z.unknown(), 'an object of settings');

/** Schema of token ids, which need not be in a vocabulary. */
export const ids = z.array(z.int('a token id'), 'a list of token ids');

/** Schemas of the fields of a prompt as the user gives it. */
export const SOURCE = {
  text: text.optional(),
  file: z.string('a file in base64').optional(),
  options: settings.optional(),
  outputOptions: settings.optional(),
};

/** Schema of a prompt of token ids. */
export const prompt: z.ZodType<PagePrompt> = z.strictObject(
  {
    tokens: ids,
    prefixLength: integer(0).optional(),
    outputStart: integer(0).optional(),
    source: z.strictObject(SOURCE, 'a prompt as it was given').optional(),
  },
  'a prompt of token ids',
);

/** Makes the schema of a JSON object with exactly the fields of `shape`. */
export function question<Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
): z.ZodObject<Shape, z.core.$strict> {
  return z.strictObject(shape, 'a JSON object');
}

const ABOUT_PROMPT = { model: text, prompt };

/** A question about the tokens of a prompt, with additional fields. */
type About<Shape extends z.core.$ZodLooseShape> = z.output<
  z.ZodObject<typeof ABOUT_PROMPT & Shape, z.core.$strict>
>;

/**
 * Makes a call about a prompt with one answer. It finds the model and checks the prompt's tokens.
 *
 * @param shape - Schemas of the fields in addition to the model and the prompt.
 */
export function promptCall<Shape extends z.core.$ZodLooseShape, Answer>(
  shape: Shape,
  answer: (
    explored: ExploredModel,
    given: About<Shape>,
    signal?: AbortSignal,
  ) => Answer | Promise<Answer>,
): (models: ExploredModels) => WholeCall<Answer> {
  const schema = question({ ...ABOUT_PROMPT, ...shape });
  return (models) =>
    wholeCall(schema, (given, signal) => {
      const explored = requestedModel(models, given as PromptQuestion); // it has these fields
      return answer(explored, given, signal);
    });
}
