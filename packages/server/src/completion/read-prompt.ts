import { setImmediate } from 'node:timers/promises';

import { checkSettings, type TokenPrompt } from '@ramble/core';
import {
  answerFeature,
  outputFormat,
  streamOutputFeature,
  type TextStream,
} from '@ramble/core/app';

import { fieldName, settingName } from '../request/fields.js';
import { RequestError } from '../request/ignored-fields.js';
import type { CompletionRequest } from '../request/parse-request.js';
import { outputStream, type ServedModel } from './batch-driver.js';

/** A prompt that its domain has read: its tokens, or an output that needs no model. */
export type ReadPrompt =
  | { readonly kind: 'asked'; readonly prompt: TokenPrompt }
  | { readonly kind: 'answered'; readonly output: unknown };

type Asking = Pick<CompletionRequest, 'promptOptions' | 'promptField'>;

/**
 * Reads a prompt as `sample --prompt` does. If the domain reads no text and the prompt is base64, the decoded
 * bytes are the prompt, such as a MIDI file.
 *
 * @throws RequestError that names the prompt, or the domain's field that cannot be used with it.
 */
export async function readPrompt(
  served: DomainModel,
  text: string,
  asking: Asking,
): Promise<ReadPrompt> {
  return blaming(asking, async () => {
    await refuseLong(served, text);
    const prompt = applyWishes(served, parsePrompt(served, text, asking), asking);
    const output = answerFeature.of(served.app)?.(prompt);
    if (output !== undefined) return { kind: 'answered', output };
    return { kind: 'asked', prompt: served.domain.encodePrompt(prompt) };
  });
}

/**
 * Creates the error for a prompt that does not fit into the context.
 *
 * @param got - Number of tokens of the prompt, as a phrase.
 */
export function tooLong(contextLength: number, got: string): RequestError {
  return new RequestError(
    `prompt: expected at most ${contextLength} tokens, which is the context, got ${got}`,
    { field: 'prompt', code: 'context_length_exceeded' },
  );
}

/** Estimated maximum number of characters in a token of text. */
const CHARACTERS_PER_TOKEN = 8;
/** Margin in tokens: a text that is cut inside a word may have more tokens at its end than the whole text has there. */
const SLACK_TOKENS = 64;

/**
 * Refuses a text far longer than the context by tokenizing only its beginning. Tokenizing a megabyte would delay all
 * clients by 1 s.
 */
async function refuseLong({ app, domain, model, grows }: DomainModel, text: string): Promise<void> {
  const most = model.decoder.maxPositions;
  if (!grows || domain.cutPrompt || most === Infinity) return;
  for (let length = CHARACTERS_PER_TOKEN * most; length < text.length; length *= 4) {
    const count = countTokens({ app, domain }, text.slice(0, length));
    if (count === undefined) return; // a beginning may not be a prompt although the whole is one
    if (count > most + SLACK_TOKENS) throw tooLong(most, `more than ${count - SLACK_TOKENS}`);
    await setImmediate();
  }
}

function countTokens(
  { app, domain }: Pick<DomainModel, 'app' | 'domain'>,
  beginning: string,
): number | undefined {
  try {
    return domain.encodePrompt(app.readPrompt(bytesOf(beginning))).tokens.length;
  } catch {
    return undefined;
  }
}

function parsePrompt({ app, format }: DomainModel, text: string, { promptField }: Asking): unknown {
  if (promptField !== undefined && !isBase64(text)) {
    throw new RangeError('prompt: expected a file in base64, got other text');
  }
  if (promptField !== undefined) return app.readPrompt(Buffer.from(text, 'base64'));
  if (format === undefined || !isBase64(text)) return app.readPrompt(bytesOf(text));
  try {
    return app.readPrompt(bytesOf(text)); // a text that happens to look like base64
  } catch {
    return app.readPrompt(Buffer.from(text, 'base64'));
  }
}

/** Applies the request's values of the app's prompt settings, such as `to` of translation, to a prompt. */
function applyWishes(
  { app: { prompting } }: DomainModel,
  prompt: unknown,
  { promptOptions, promptField }: Asking,
): unknown {
  if (!prompting) return prompt;
  const own = Object.entries(promptOptions)
    .map(([field, value]) => [settingName(field), value] as const)
    .filter(([name]) => Object.hasOwn(prompting.settings, name));
  // On the command line the file's name gives the kind of its content.
  const file = promptField === undefined ? [] : [[settingName(promptField), promptField] as const];
  const promptSettings = checkSettings<unknown>(
    prompting.settings,
    Object.fromEntries([...own, ...file]),
  );
  return prompting.apply(prompt, promptSettings);
}

/** Runs a domain's function; converts an error about a field to a `RequestError` about the request's field. */
export async function blaming<T>(
  { promptOptions, promptField = 'prompt' }: Asking,
  read: () => Promise<T> | T,
): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof RequestError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    const [, subject = '', reason = ''] = /^(\w+): ([^]*)$/.exec(message) ?? [];
    const isPromptOption = Object.hasOwn(promptOptions, fieldName(subject));
    const field = isPromptOption ? fieldName(subject) : promptField;
    const isOwn = isPromptOption || subject === 'prompt' || subject === 'text';
    throw new RequestError(`${field}: ${isOwn ? reason : message}`, { field, cause: error });
  }
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function isBase64(text: string): boolean {
  return text !== '' && text.length % 4 === 0 && /^[A-Za-z\d+/]*={0,2}$/.test(text);
}

/** A served model, and how its outputs become text. */
export interface DomainModel extends ServedModel {
  /** Whether outputs are text that is sent token by token. */
  readonly grows: boolean;
  /** File extension of outputs that are files, such as `mid`. Their text is base64. */
  readonly format?: string;
  /** Returns a decoder of an output of the prompt, which turns tokens into text one at a time. */
  stream(prompt: TokenPrompt): TextStream;
  /** Text of one token; for a part of a character, its bytes in hexadecimal. */
  textOf(token: number): string;
}

/** Adds to a served model the functions that turn its outputs into text; files become base64. */
export function domainModel(served: ServedModel): DomainModel {
  const { app, domain } = served;
  const streamOutput = streamOutputFeature.of(app);
  const grows = streamOutput !== undefined;
  const stream = (prompt: TokenPrompt): TextStream =>
    streamOutput?.(domain) ?? outputStream(served, prompt);
  return {
    ...served,
    grows,
    format: outputFormat(app, domain),
    stream,
    textOf: (token) => {
      const whole = streamOutput?.(domain);
      const text = whole === undefined ? '\uFFFD' : whole.push(token) + whole.end();
      return text.includes('\uFFFD') ? domain.vocabulary.describe(token) : text;
    },
  };
}
