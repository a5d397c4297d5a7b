import { randomInt } from 'node:crypto';

import type { SequenceOptions, TokenPrompt } from '@ramble/core';

import { type CompletionRequest, type GivenPrompt, refuse } from '../request/parse-request.js';
import { RequestError } from '../request/request-error.js';
import type { TextModel } from './text-model.js';

/** OpenAI's, where `max_tokens` is not given. */
const DEFAULT_MAX_TOKENS = 16;

/** A prompt as the model reads it. */
export interface PlannedPrompt {
  readonly prompt: TokenPrompt;
  /** As it is given back. */
  readonly text: string;
  readonly maxTokens: number;
}

/** A request, ready to be written. */
export interface CompletionPlan {
  readonly request: CompletionRequest;
  readonly prompts: readonly PlannedPrompt[];
  readonly sampling: SequenceOptions;
  /** Outputs that are written of each prompt. */
  readonly count: number;
}

/**
 * Encodes the prompts of a request and checks what depends on the model.
 *
 * @throws RequestError that names the field.
 */
export function planCompletion(text: TextModel, request: CompletionRequest): CompletionPlan {
  const { vocabSize } = text.model.config;
  const unknown = request.logitBias.find(({ token }) => token >= vocabSize);
  if (unknown) throw refuse('logit_bias', `token ids below ${vocabSize}`, unknown.token);
  checkIds('stop_token_ids', text, request.stopTokens);
  return {
    request,
    prompts: request.prompts.map((prompt) => planPrompt(text, prompt, request)),
    sampling: samplingOf(text, request),
    count: request.best_of ?? request.n,
  };
}

function planPrompt(
  text: TextModel,
  given: GivenPrompt,
  { max_tokens, min_tokens, echo }: CompletionRequest,
): PlannedPrompt {
  const prompt =
    typeof given === 'string' ? encode(text, given) : { tokens: checkIds('prompt', text, given) };
  const { contextLength } = text.model.config;
  const room = contextLength - prompt.tokens.length;
  if (room < (echo && max_tokens === 0 ? 0 : 1)) {
    throw new RequestError(
      `prompt: expected at most ${contextLength - 1} tokens, for the context is ${contextLength}, got ${prompt.tokens.length}`,
      { field: 'prompt', code: 'context_length_exceeded' },
    );
  }
  const maxTokens = max_tokens ?? Math.min(DEFAULT_MAX_TOKENS, room);
  if (maxTokens > room) {
    throw new RequestError(
      `max_tokens: expected at most the ${room} that the context of ${contextLength} has after the prompt, got ${maxTokens}`,
      { field: 'max_tokens', code: 'context_length_exceeded' },
    );
  }
  if (min_tokens > maxTokens) {
    throw refuse('min_tokens', `at most max_tokens (${maxTokens})`, min_tokens);
  }
  return { prompt, maxTokens, text: typeof given === 'string' ? given : decode(text, given) };
}

function encode(text: TextModel, prompt: string): TokenPrompt {
  try {
    return text.encode(prompt);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new RequestError(`prompt: ${reason.replace(/^(prompt|text): /, '')}`, {
      field: 'prompt',
      cause: error,
    });
  }
}

function checkIds(
  field: string,
  { model }: TextModel,
  tokens: readonly number[],
): readonly number[] {
  const { vocabSize } = model.config;
  const wrong = tokens.find((token) => token < 0 || token >= vocabSize);
  if (wrong !== undefined) throw refuse(field, `ids from 0 to ${vocabSize - 1}`, wrong);
  return tokens;
}

function decode(text: TextModel, tokens: readonly number[]): string {
  const stream = text.stream();
  return tokens.map((token) => stream.push(token)).join('') + stream.end();
}

function samplingOf(text: TextModel, request: CompletionRequest): SequenceOptions {
  const { temperature, top_p, top_k, min_p, typical_p, logitBias } = request;
  // Both leave the likeliest token alone, where they end.
  const isGreedy = temperature === 0 || top_p === 0;
  const shape = { temperature, topP: top_p, topK: top_k, minP: min_p, typicalP: typical_p };
  return {
    method: isGreedy ? 'greedy' : 'random',
    ...(!isGreedy && shape),
    repetitionPenalty: request.repetition_penalty,
    presencePenalty: request.presence_penalty,
    frequencyPenalty: request.frequency_penalty,
    seed: request.seed ?? randomInt(2 ** 47),
    logitBias: logitBias.map(({ token, bias }) => ({ tokens: [token], bias })),
    minNewTokens: request.min_tokens,
    stopTokens: [...text.stopTokens, ...request.stopTokens],
    grammar: text.grammar,
  };
}
