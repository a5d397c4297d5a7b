import { type Model, type SamplingConfig, samplingConfig, type TokenPrompt } from '@ramble/core';
import type { TextStream } from '@ramble/core/app';
import { chatSampling, type ChatTemplate } from '@ramble/core/domain';
import { isObject, shownValue } from '@ramble/core/files';
import {
  createScheduler,
  nextTurn,
  sampledOutput,
  type SamplingRules,
  samplingRules,
  type Scheduler,
  untilStop,
} from '@ramble/core/sampling';

import { type ConstraintSource, createConstraint } from '../constraints.js';
import { outputDecoder, type TextDomain } from '../text-domain.js';
import {
  type ChatMessage,
  type Conversation,
  createTemplateRenderer,
  endsInAnswer,
  type TemplateRenderer,
} from './template-renderer.js';

/** Options of `chat`: sampling settings, variables of the template, and when to stop. */
export interface ChatOptions
  extends Partial<SamplingConfig>, Pick<Conversation, 'tools' | 'documents' | 'variables'> {
  /** Stop strings: the answer ends before any of them. */
  readonly stop?: readonly string[];
  /** Texts that the answer may have: JSON of a schema, a regular expression or a grammar. */
  readonly constraint?: ConstraintSource;
  /** Signal that ends the answer between two tokens. */
  readonly signal?: AbortSignal;
  /**
   * Scheduler of the same model. If the turns of a conversation share one, its cache keeps earlier turns, which are
   * then not computed again.
   */
  readonly scheduler?: Scheduler;
}

/** Return value of the generator `chat`, after it has yielded the answer's pieces. */
export interface ChatAnswer {
  /** The answer as a message, to be added to the conversation. */
  readonly message: ChatMessage & { readonly content: string };
  readonly end: AnswerEnd;
  /** Number of tokens of the prompt that the chat template makes of the conversation. */
  readonly promptTokens: number;
  /** Number of tokens of the answer, without the stop token. */
  readonly tokens: number;
}

/** Renderers of templates, kept so that each template is compiled once. */
const renderers = new WeakMap<ChatTemplate, TemplateRenderer>();

/**
 * Generates an answer to a conversation, and yields it a piece of text at a time. The model's chat template makes the
 * prompt. Names of special tokens in the prompt become those tokens. The answer ends at the model's stop tokens or at
 * the end of the context. If the last message is the assistant's, the answer continues it, and contains only the new
 * text.
 *
 * @param domain - The domain of the model's run, with a chat template.
 * @param options - Sampling settings that replace {@link chatSampling}'s; `maxNewTokens` is unlimited by default.
 * @returns the whole answer.
 * @throws RangeError or TypeError that names a wrong option or message; ChatTemplateError if the template fails.
 */
export async function* chat(
  model: Model,
  domain: TextDomain,
  messages: readonly ChatMessage[],
  options: ChatOptions = {},
): AsyncGenerator<string, ChatAnswer, undefined> {
  const { tools, documents, variables, stop = [], constraint, ...others } = options;
  const { signal, scheduler, ...settings } = others;
  const { chatTemplate, stopTokens, vocabulary } = domain;
  if (!chatTemplate) {
    throw new RangeError(
      'domain: expected one with a chat template, got one without; import an instruct model, such as smollm2-135m-instruct',
    );
  }
  checkMessages(messages);
  if (stop.includes('')) throw new RangeError('stop: expected texts, got an empty one');
  const config = samplingConfig({
    maxNewTokens: model.config.contextLength,
    ...chatSampling(chatTemplate, settings),
  });
  const rules = samplingRules(vocabulary.size, config, {
    stopTokens,
    ...(constraint && { constraint: createConstraint(domain, constraint) }),
  });
  const renderer = renderers.get(chatTemplate) ?? createTemplateRenderer(chatTemplate);
  renderers.set(chatTemplate, renderer);
  const continuesLast = endsInAnswer(messages);
  const text = renderer.render({ messages, tools, documents, variables, continuesLast });
  const prompt = domain.allowSpecialTokens().encodePrompt(text);
  const promptTokens = prompt.tokens.length;
  const max = model.decoder.maxPositions;
  if (promptTokens >= max) {
    throw new RangeError(
      `messages: expected fewer than the ${max} tokens of the context, got ${promptTokens}; leave out the oldest ones`,
    );
  }
  const { text: content, ...written } = yield* writeAnswer(
    model,
    scheduler ?? createScheduler(model, { batchSize: 1 }),
    outputDecoder(domain.tokenizer),
    prompt,
    { rules, stopTexts: stop, signal },
  );
  return { message: { role: 'assistant', content }, promptTokens, ...written };
}

function checkMessages(messages: unknown): void {
  const list: readonly unknown[] = Array.isArray(messages) ? messages : [];
  if (list.length > 0 && list.every((each) => isObject(each) && typeof each.role === 'string')) {
    return;
  }
  throw new TypeError(
    `messages: expected a list of messages, such as { role: 'user', content: 'Hello' }, got ${shownValue(messages)}`,
  );
}

/** Options of `writeAnswer`. */
export interface AnswerOptions {
  readonly rules: SamplingRules;
  /** Index of the answer among several to the same prompt with the same seed, so that they differ; default 0. */
  readonly number?: number;
  /** Stop strings: the answer ends before any of them. */
  readonly stopTexts: readonly string[];
  /** Signal that ends the answer between two tokens. */
  readonly signal?: AbortSignal;
}

/**
 * Reason why an answer ended. `stop`: a stop token or a stop string, or the filters left no token. `length`: the
 * maximum length or the end of the context. `stopped`: a signal.
 */
export type AnswerEnd = 'stop' | 'length' | 'stopped';

/** Return value of the generator `writeAnswer`: the whole answer. */
export interface WrittenAnswer {
  readonly text: string;
  readonly end: AnswerEnd;
  /** Number of tokens of the answer, without the stop token. */
  readonly tokens: number;
}

/**
 * Generates an answer to a prompt, and yields it a piece of text at a time. Tokens that the scheduler has cached from
 * earlier turns are not computed again.
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
  const failed = failure; // set in a callback, which TypeScript's flow analysis does not see
  if (failed) throw failed;
  const rest = filter.push(stream.end()) + filter.end();
  if (rest !== '') yield rest;
  return { text: text + rest, end: end ?? 'stopped', tokens };
}
