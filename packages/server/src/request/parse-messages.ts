import type { ChatMessage } from '@ramble/language/chat';
import { isObject, type JsonObject } from '@ramble/core/files';

import { refuse } from './request-error.js';

/** What clients send back of an answer that they got, and no template reads. */
const IGNORED: readonly string[] = ['refusal', 'annotations', 'audio', 'function_call', 'id'];

/**
 * Reads the messages of a chat. Text parts become one text; OpenAI's newer role `developer` is `system`,
 * and the arguments of calls, which come as JSON in a text, are what they say.
 *
 * @throws RequestError that says which message is wrong.
 */
export function parseMessages(given: unknown): readonly ChatMessage[] {
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

/** Arguments as templates want them: an object where their text is one of JSON. */
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
