import { isObject, type JsonObject } from '@ramble/core/files';
import { type ChatMessage, type Conversation, endsInAnswer } from '@ramble/language/chat';

import { optional, refuse } from './ignored-fields.js';
import { type CompletionRequest, isText, parseRequest } from './parse-request.js';

/** The body of a chat request: a conversation, and how its answer is written. */
export interface ChatRequest {
  readonly conversation: Conversation;
  /** Tools to choose from, if the answer must call one. */
  readonly requiredTools?: readonly JsonObject[];
  /** Whether an answer may have several calls of tools. */
  readonly areCallsParallel: boolean;
  /** The completion request for the answer; the prompt is filled in later. */
  readonly completion: CompletionRequest;
}

/** OpenAI's maximum of `top_logprobs` in chats; the maximum of `logprobs` in completions is 5. */
const MAX_TOP_LOGPROBS = 20;

/** Fields of completions that chat requests do not have. */
const NOT_OF_CHATS = ['prompt', 'suffix', 'echo', 'best_of'];

/**
 * Reads the body of a chat request. Other fields than the conversation's are parsed as for completions.
 *
 * @throws RequestError that names the field.
 */
export function parseChatRequest(body: unknown): ChatRequest {
  if (!isObject(body)) throw refuse('body', 'a JSON object', body);
  const { messages, tools, tool_choice, documents, chat_template_kwargs, ...others } = body;
  const { add_generation_prompt, cache_prompt, logprobs, top_logprobs, ...plain } = others;
  const { parallel_tool_calls, modalities, continue_final_message, ...rest } = plain;
  for (const name of NOT_OF_CHATS) {
    if ((rest[name] ?? null) === null) continue;
    throw refuse(name, 'nothing in a chat (/v1/completions takes it)', rest[name]);
  }
  const chatMessages = parseMessages(messages);
  const continuesLast = parseContinuation(
    chatMessages,
    continue_final_message,
    add_generation_prompt,
  );
  const chosen = parseTools(tools, tool_choice);
  const conversation = {
    messages: chatMessages,
    continuesLast,
    tools: chosen.tools,
    documents: optional('documents', documents, areObjects, 'a list of objects'),
    addGenerationPrompt: parseFlag('add_generation_prompt', add_generation_prompt, !continuesLast),
    variables: {
      ...parseEffort(rest.reasoning_effort),
      ...optional('chat_template_kwargs', chat_template_kwargs, isObject, 'an object'),
    },
  };
  const isParallel = parseFlag('parallel_tool_calls', parallel_tool_calls, true);
  optional('modalities', modalities, isTextAlone, '["text"]');
  const completion = {
    ...parseRequest(rest),
    logprobs: parseLogprobs(logprobs, top_logprobs),
    cachesOutputs: parseFlag('cache_prompt', cache_prompt, true),
  };
  const { required } = chosen;
  if (required && completion.constraint) {
    throw refuse(completion.constraint.field, 'nothing with a required tool', tool_choice);
  }
  const areCallsParallel = isParallel && !isObject(tool_choice); // a named tool is called once
  return {
    ...{ conversation, completion, areCallsParallel },
    ...(required && { requiredTools: required }),
  };
}

/**
 * Whether the answer continues the last message: by default if the assistant wrote it, as in llama.cpp, Ollama and
 * Anthropic. vLLM's two fields override that.
 */
function parseContinuation(
  messages: Conversation['messages'],
  given: unknown,
  begins: unknown,
): boolean {
  const canContinue = endsInAnswer(messages);
  const usual = canContinue && (begins ?? null) === null;
  const continues = parseFlag('continue_final_message', given, usual);
  if (continues && begins === true) {
    throw refuse('continue_final_message', 'false with "add_generation_prompt": true', given);
  }
  if (continues && !canContinue) {
    const expected = 'false unless the last message is a text of the assistant';
    throw refuse('continue_final_message', expected, given);
  }
  return continues;
}

/** Returns `reasoning_effort` as a variable of the template. */
function parseEffort(given: unknown): JsonObject {
  const effort = optional('reasoning_effort', given, isText, 'a text such as "low"');
  return effort === undefined ? {} : { reasoning_effort: effort };
}

function parseFlag(field: string, given: unknown, usual: boolean): boolean {
  return optional(field, given, isFlag, 'true or false') ?? usual;
}

/** Returns the number of most probable tokens to report; `undefined` if no log-probabilities are requested. */
function parseLogprobs(logprobs: unknown, top: unknown): number | undefined {
  const isAsked = parseFlag('logprobs', logprobs, false);
  const expected = `a whole number from 0 to ${MAX_TOP_LOGPROBS}`;
  const count = optional('top_logprobs', top, isTopCount, expected);
  if (count === undefined) return isAsked ? 0 : undefined;
  if (!isAsked) throw refuse('top_logprobs', 'nothing without "logprobs": true', top);
  return count;
}

/** Tools of a chat request: `tools` for the chat template, and `required`, if the answer must call one of them. */
interface ChosenTools {
  readonly tools?: readonly JsonObject[];
  readonly required?: readonly JsonObject[];
}

function parseTools(given: unknown, choice: unknown): ChosenTools {
  const tools = optional('tools', given, areObjects, 'a list of objects');
  const nameless = tools?.find(({ type, function: called }) => {
    return type !== 'function' || !isObject(called) || typeof called.name !== 'string';
  });
  if (nameless) throw refuse('tools', 'functions with names', nameless);
  const expected =
    '"auto", "none", "required" or { "type": "function", "function": { "name": … } }';
  const name = isObject(choice) && isObject(choice.function) ? choice.function.name : undefined;
  const isKnown = (choice ?? null) === null || CHOICES.some((each) => each === choice);
  if (!isKnown && typeof name !== 'string') throw refuse('tool_choice', expected, choice);
  if (choice === 'none') return {};
  const isFree = name === undefined && choice !== 'required';
  if (isFree) return tools?.length === 0 ? {} : { tools };
  const required = (tools ?? []).filter(({ function: called }) => {
    return name === undefined || (isObject(called) && called.name === name);
  });
  if (required.length === 0)
    throw refuse('tool_choice', 'tools that it can choose from', name ?? choice);
  return { tools, required };
}

const isFlag = (value: unknown): value is boolean => typeof value === 'boolean';
const CHOICES = ['auto', 'none', 'required'] as const;
const isTopCount = (value: unknown): value is number =>
  Number.isInteger(value) && Number(value) >= 0 && Number(value) <= MAX_TOP_LOGPROBS;
const areObjects = (value: unknown): value is readonly JsonObject[] =>
  Array.isArray(value) && value.every(isObject);
const isTextAlone = (value: unknown): value is readonly ['text'] =>
  Array.isArray(value) && value.length === 1 && value[0] === 'text';

/** Fields of an answer that clients send back in its message, and that no template reads. */
const IGNORED: readonly string[] = ['refusal', 'annotations', 'audio', 'function_call', 'id'];

/**
 * Reads the messages of a chat. Text parts are joined, OpenAI's newer role `developer` becomes `system`, and
 * arguments of calls are parsed from JSON.
 *
 * @throws RequestError that names the wrong message.
 */
function parseMessages(given: unknown): readonly ChatMessage[] {
  const list: readonly unknown[] = Array.isArray(given) ? given : [];
  if (list.length === 0) {
    throw refuse('messages', 'a list of at least one message with a role and a content', given);
  }
  return list.map((message, i) => parseMessage(message, i + 1));
}

function parseMessage(given: unknown, number: number): ChatMessage {
  const wrong = (expected: string, got: unknown): Error =>
    refuse('messages', `${expected} in message ${number}`, got);
  if (!isObject(given)) throw wrong('an object with a role and a content', given);
  const { role, content, name, tool_call_id, tool_calls, reasoning_content, ...others } = given;
  if (typeof role !== 'string' || role === '') throw wrong('a role', role);
  const unknown = Object.keys(others).find((field) => !IGNORED.includes(field));
  if (unknown !== undefined) throw wrong('fields that chats have', unknown);
  for (const [field, value] of Object.entries({ name, tool_call_id, reasoning_content })) {
    if (!isAbsent(value) && typeof value !== 'string') throw wrong(`a text as ${field}`, value);
  }
  const calls = isAbsent(tool_calls) ? undefined : parseCalls(tool_calls, wrong);
  if (isAbsent(content) && role !== 'assistant') throw wrong('a content', content);
  return {
    role: role === 'developer' ? 'system' : role,
    content: isAbsent(content) ? '' : parseContent(content, wrong),
    ...(typeof name === 'string' && { name }),
    ...(typeof tool_call_id === 'string' && { tool_call_id }),
    ...(typeof reasoning_content === 'string' && { reasoning_content }),
    ...(calls && calls.length > 0 && { tool_calls: calls }),
  };
}

type Wrong = (expected: string, got: unknown) => Error;

function parseContent(content: unknown, wrong: Wrong): string {
  if (typeof content === 'string') return content;
  const parts: readonly unknown[] = Array.isArray(content) ? content : [];
  if (parts.length === 0) throw wrong('a text or a list of text parts as content', content);
  return parts
    .map((part) => {
      if (isObject(part) && part.type === 'text' && typeof part.text === 'string') return part.text;
      const kind = isObject(part) && typeof part.type === 'string' ? part.type : part;
      throw wrong('parts of the type text, which is all that the model reads,', kind);
    })
    .join('\n');
}

function parseCalls(given: unknown, wrong: Wrong): readonly JsonObject[] {
  const calls: readonly unknown[] | undefined = Array.isArray(given) ? given : undefined;
  if (!calls) throw wrong('a list as tool_calls', given);
  return calls.map((call) => {
    const called = isObject(call) ? call.function : undefined;
    if (!isObject(call) || !isObject(called) || typeof called.name !== 'string') {
      throw wrong('tool_calls of functions with names', call);
    }
    return { ...call, function: { ...called, arguments: readArguments(called.arguments) } };
  });
}

/** Returns the arguments of a call for templates: an object if they are the JSON text of one. */
function readArguments(given: unknown): unknown {
  if (typeof given !== 'string') return given ?? {};
  try {
    const parsed: unknown = JSON.parse(given);
    return isObject(parsed) ? parsed : given;
  } catch {
    return given;
  }
}

function isAbsent(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}
