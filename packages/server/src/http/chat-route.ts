import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';

import {
  ChatTemplateError,
  readToolCalls,
  type TemplateRenderer,
  textBeforeCalls,
  type ToolCall,
  toolCallConstraint,
  type ToolCallForm,
  toolCallForm,
} from '@ramble/language/chat';
import type { FastifyReply, FastifyRequest } from 'fastify';

import type { TokenReport } from '../completion/output-text.js';
import type { DomainModel } from '../completion/read-prompt.js';
import { inTypedName } from '../request/foreign-fields.js';
import { refuse, RequestError } from '../request/ignored-fields.js';
import { type ChatRequest, parseChatRequest } from '../request/parse-chat-request.js';
import type { CompletionRequest } from '../request/parse-request.js';
import { type AnswerBody, type AnswerForm, choiceIndex } from './answer-completion.js';
import {
  answerRequest,
  checkModel,
  chooseService,
  type CompletionService,
} from './answer-request.js';

export interface ChatService extends CompletionService {
  /** Renderer of the model's chat template; absent for a model that has none. */
  readonly renderer?: TemplateRenderer;
}

/**
 * Names that replace the names of fields in error messages. The prompt is made of the messages, so errors about it
 * name `messages`.
 */
const TYPED: ReadonlyMap<string, string> = new Map([['prompt', 'messages']]);

/**
 * Makes the handler of `POST /v1/chat/completions`. The model's template turns the conversation into a prompt, and the
 * completion of the prompt is the answer.
 */
export function chatRoute(services: readonly ChatService[]) {
  return async ({ body }: FastifyRequest, reply: FastifyReply): Promise<AnswerBody | Readable> => {
    const { renderer, ...service } = chooseService(services, body);
    const { completion, ...chat } = parseChatRequest(body);
    checkModel(services, completion.model);
    const served = chatModel(service.served);
    const prompts = [promptOf(served, renderer, chat)];
    const { contextLength } = served.model.config;
    // OpenAI's default is no limit but the context.
    const max_tokens = completion.max_tokens ?? contextLength;
    const { source = '' } = served.domain.chatTemplate ?? {};
    const ignored = completion.ignored.filter((name) => !isVariableOf(source, name));
    const calls = callsOf(served, chat);
    const request = { ...completion, ...calls.required, prompts, max_tokens, ignored };
    const form = calls.form ? withToolCalls(CHAT_FORM, calls.form) : CHAT_FORM;
    try {
      return await answerRequest({ ...service, served }, request, reply, form);
    } catch (error) {
      throw inTypedName(error, TYPED);
    }
  };
}

/** Syntax of the model's tool calls, and the constraint that forces an answer to be one if a call is required. */
interface AnswerCalls {
  readonly form?: ToolCallForm;
  readonly required?: Pick<CompletionRequest, 'constraint'>;
}

/**
 * Returns the syntax of the model's tool calls, and the constraint of an answer that must call a tool.
 *
 * @throws RequestError if a call is required, and the template shows no known form of calls.
 */
function callsOf(
  { domain: { chatTemplate } }: DomainModel,
  { conversation: { tools }, requiredTools, areCallsParallel }: Omit<ChatRequest, 'completion'>,
): AnswerCalls {
  const known = tools && chatTemplate && toolCallForm(chatTemplate);
  const form = known && { ...known, isSingle: !areCallsParallel };
  if (!requiredTools) return { ...(form && { form }) };
  if (!form) {
    const expected =
      '"auto" or "none", as the chat template of the model shows no known form of calls';
    throw refuse('tool_choice', expected, requiredTools);
  }
  const source = toolCallConstraint(form, requiredTools, areCallsParallel);
  return { form, required: { constraint: { field: 'tools', source } } };
}

/** Whether a field is `reasoning_effort` and the chat template reads it. In completions the field has no effect. */
function isVariableOf(source: string, field: string): boolean {
  return field === 'reasoning_effort' && source.includes(field);
}

/** Format of chat answers. The `message` in `choice` may be replaced by one with tool calls. */
interface ChatForm extends AnswerForm {
  choice(...given: Parameters<AnswerForm['choice']>): { readonly message: object };
}

interface TokenBody {
  readonly token: string;
  readonly logprob: number;
  /** The token's bytes in UTF-8; `null` for a token that is only a part of a character. */
  readonly bytes: readonly number[] | null;
}

interface ReportBody extends TokenBody {
  readonly top_logprobs: readonly TokenBody[];
}

interface LogprobsBody {
  readonly content: readonly ReportBody[];
  readonly refusal: null;
}

/** Format of responses to `POST /v1/chat/completions`. */
const CHAT_FORM: ChatForm = {
  idPrefix: 'chatcmpl',
  object: 'chat.completion',
  partObject: 'chat.completion.chunk',
  choice: (request, { text, tokens, finishReason, ...output }) => ({
    index: choiceIndex(request, output),
    message: { role: 'assistant', content: text, refusal: null },
    logprobs: logprobsBody(request, tokens),
    finish_reason: finishReason ?? null,
  }),
  partChoices: (request, { text, tokens, finishReason, ...output }, isFirst) => {
    const part = (delta: object, reports: readonly TokenReport[], end: string | null): object => ({
      index: choiceIndex(request, output),
      delta,
      logprobs: logprobsBody(request, reports),
      finish_reason: end,
    });
    const parts: object[] = [];
    if (isFirst) parts.push(part({ role: 'assistant', content: '' }, [], null));
    if (text !== '' || tokens.length > 0) parts.push(part({ content: text }, tokens, null));
    if (finishReason !== undefined) parts.push(part({}, [], finishReason));
    return parts;
  },
};

/** Format of one request's chat answers, in which calls of tools become `tool_calls`. */
function withToolCalls(form: ChatForm, callForm: ToolCallForm): ChatForm {
  /** Text that is withheld because it may be the beginning of a tool call, by the index of its output. */
  const held = new Map<number, string>();
  return {
    ...form,
    choice: (request, output, format) => {
      const choice = form.choice(request, output, format);
      const { content, calls } = readToolCalls(output.text, callForm);
      if (calls.length === 0) return choice;
      const tool_calls = calls.map(callBody);
      const message = { ...choice.message, content: content === '' ? null : content, tool_calls };
      return { ...choice, message, finish_reason: 'tool_calls' };
    },
    partChoices: (request, delta, isFirst, format) => {
      const index = choiceIndex(request, delta);
      const text = (held.get(index) ?? '') + delta.text;
      if (delta.finishReason === undefined) {
        const shown = textBeforeCalls(text, callForm);
        held.set(index, text.slice(shown));
        return form.partChoices(request, { ...delta, text: text.slice(0, shown) }, isFirst, format);
      }
      const { content, calls } = readToolCalls(text, callForm);
      const rest = { ...delta, text: content };
      if (calls.length === 0) return form.partChoices(request, rest, isFirst, format);
      const part = (own: object, end: string | null): object => {
        return { index, delta: own, logprobs: null, finish_reason: end };
      };
      const tool_calls = calls.map((call, at) => ({ index: at, ...callBody(call) }));
      return [
        ...form.partChoices(request, { ...rest, finishReason: undefined }, isFirst, format),
        part({ tool_calls }, null),
        part({}, 'tool_calls'),
      ];
    },
  };
}

/** Formats a tool call as OpenAI's API does, with a new id. */
function callBody({ name, arguments: given }: ToolCall): object {
  const id = `call_${randomUUID()}`;
  return { id, type: 'function', function: { name, arguments: JSON.stringify(given) } };
}

function logprobsBody(
  { logprobs: count }: CompletionRequest,
  tokens: readonly TokenReport[],
): LogprobsBody | null {
  if (count === undefined) return null;
  const content = tokens.map(({ token, logProbability, top }) => ({
    ...tokenBody(token, logProbability ?? 0),
    top_logprobs: Object.entries(top ?? {})
      .map(([text, logprob]) => tokenBody(text, logprob))
      .sort((a, b) => b.logprob - a.logprob)
      .slice(0, count),
  }));
  return { content, refusal: null };
}

/** Matches the description of a token that is only a part of a character: bytes in hexadecimal. */
const PART = /^0x[\dA-F]{2}( 0x[\dA-F]{2})*$/;

function tokenBody(token: string, logprob: number): TokenBody {
  const bytes = PART.test(token) ? null : Array.from(new TextEncoder().encode(token));
  return { token, logprob, bytes };
}

/** Prepares a model for chats: names of special tokens become those tokens, and an answer may fill the context. */
function chatModel(served: DomainModel): DomainModel {
  const domain = served.domain.allowSpecialTokens?.() ?? served.domain;
  const encodePrompt: typeof domain.encodePrompt = (prompt) => {
    const { tokens } = domain.encodePrompt(prompt);
    return { tokens, outputStart: tokens.length };
  };
  return { ...served, domain: { ...domain, encodePrompt } };
}

/**
 * Returns the prompt of a conversation by the model's template.
 *
 * @throws RequestError for a model without a template, and for a conversation that its template refuses.
 */
function promptOf(
  { id, domain }: DomainModel,
  renderer: TemplateRenderer | undefined,
  { conversation }: Pick<ChatRequest, 'conversation'>,
): string {
  const source = domain.chatTemplate?.source;
  if (!renderer || source === undefined) {
    throw new RequestError(
      `model: expected one with a chat template, got ${id}, which has none; POST /v1/completions goes on from a prompt`,
      { field: 'model', code: 'no_chat_template' },
    );
  }
  const { tools } = conversation;
  if (tools && !/\btools\b/.test(source)) {
    throw refuse('tools', 'none, as the chat template of the model has no place for them', tools);
  }
  try {
    return renderer.render(conversation);
  } catch (error) {
    if (!(error instanceof ChatTemplateError)) throw error;
    const { message, isRefusal, cause } = error;
    throw new RequestError(message, {
      field: 'messages',
      ...(!isRefusal && { status: 500, code: 'chat_template_failed' }),
      cause,
    });
  }
}
