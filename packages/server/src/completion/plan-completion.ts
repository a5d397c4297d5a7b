import { setImmediate } from 'node:timers/promises';

import type { TokenPrompt } from '@ramble/core';
import { fitPrompt } from '@ramble/core/app';

import type { CompletionRequest, GivenPrompt } from '../request/parse-request.js';
import { refuse, RequestError } from '../request/ignored-fields.js';
import { artifactText, type BatchDriver } from './batch-driver.js';
import { type DomainModel, readPrompt, tooLong } from './read-prompt.js';
import { countOutputs, type OutputCounts, samplingOf, type SamplingPlan } from './plan-sampling.js';

/** A prompt as token ids. */
export interface PlannedPrompt {
  readonly prompt: TokenPrompt;
  /** The prompt's text, as `echo` gives it back. */
  readonly text: string;
  /** The text of the output, if it needs no model. */
  readonly answer?: string;
  /** Whether the prompt is too long, so that the model reads only a part of it. */
  readonly isCut: boolean;
}

/** A checked request that is ready to run. */
export interface CompletionPlan extends OutputCounts, SamplingPlan {
  readonly request: CompletionRequest;
  readonly prompts: readonly PlannedPrompt[];
}

/**
 * Encodes the prompts of a request and makes the checks that depend on the model. Other work of the process runs
 * between two prompts. A request with more outputs than the batch and the queue have room for is refused before any
 * prompt is read.
 *
 * @throws RequestError that names the field.
 */
export async function planCompletion(
  served: DomainModel,
  request: CompletionRequest,
  limits: Pick<BatchDriver, 'places' | 'batchSize'>,
): Promise<CompletionPlan> {
  const counts = countOutputs(served, request, limits);
  checkKind(served, request);
  const { maxTokens, rules } = await samplingOf(served, request, counts);
  const prompts: PlannedPrompt[] = [];
  for (const [i, given] of request.prompts.entries()) {
    if (i > 0) await setImmediate();
    prompts.push(await planPrompt(served, given, request, maxTokens));
  }
  return { ...counts, request, prompts, maxTokens, rules };
}

/**
 * Checks that the domain's outputs allow the fields `echo` and `stop`.
 *
 * @throws RequestError if outputs are not text, or do not continue the prompt.
 */
function checkKind({ app, grows, format }: DomainModel, { echo, stop }: CompletionRequest): void {
  if (echo && !grows) {
    throw refuse('echo', `false, as outputs of ${app.name} do not continue the prompt`, echo);
  }
  if (stop.length > 0 && format !== undefined) {
    throw refuse('stop', `none, as outputs of ${app.name} are files`, stop);
  }
}

async function planPrompt(
  served: DomainModel,
  given: GivenPrompt,
  request: CompletionRequest,
  maxTokens: number,
): Promise<PlannedPrompt> {
  const { app, domain, model } = served;
  const { contextLength } = model.config;
  if (typeof given !== 'string') {
    const prompt = { tokens: checkIds(served, given) };
    checkLength(served, prompt);
    return { prompt, isCut: false, text: decode(served, prompt) };
  }
  const read = await readPrompt(served, given, request);
  if (read.kind === 'answered') {
    const answer = artifactText(app.showOutput(read.output));
    return { prompt: { tokens: [] }, text: given, answer, isCut: false };
  }
  const fitted = fitPrompt(domain, model.decoder, read.prompt, maxTokens);
  if (fitted === undefined) {
    throw new RequestError(
      `prompt: expected room for the start of the output, got ${read.prompt.tokens.length} tokens for a context of ${contextLength}`,
      { field: 'prompt', code: 'context_length_exceeded' },
    );
  }
  checkLength(served, fitted.prompt);
  return { prompt: fitted.prompt, text: given, isCut: fitted.cut !== undefined };
}

/**
 * Checks the length of an encoded prompt.
 *
 * @throws RequestError for a prompt that is longer than the context.
 */
function checkLength({ model }: DomainModel, { tokens: { length } }: TokenPrompt): void {
  const most = model.decoder.maxPositions;
  if (length > most) throw tooLong(most, String(length));
}

/**
 * Checks that ids are in the vocabulary, and returns them.
 *
 * @throws RequestError that names the first id that is not.
 */
export function checkIds({ model }: DomainModel, tokens: readonly number[]): readonly number[] {
  const { vocabSize } = model.config;
  const wrong = tokens.find((token) => token < 0 || token >= vocabSize);
  if (wrong !== undefined) throw refuse('prompt', `ids from 0 to ${vocabSize - 1}`, wrong);
  return tokens;
}

/** Returns the text of a prompt of token ids; empty if outputs do not continue it. */
function decode(served: DomainModel, prompt: TokenPrompt): string {
  if (!served.grows) return '';
  const stream = served.stream(prompt);
  return Array.from(prompt.tokens, (token) => stream.push(token)).join('') + stream.end();
}
