import type { ChatTemplate } from '@ramble/core/domain';
import { isObject, type JsonObject, messageOf } from '@ramble/core/files';

import { BudgetError } from './jinja/budget.js';
import { compileTemplate } from './jinja/render.js';
import { Dict } from './jinja/objects.js';
import type { Value } from './jinja/values.js';

/** Names of the message field that contains the model's reasoning. Templates read the first name. */
const REASONING_FIELDS = ['reasoning_content', 'thinking', 'reasoning'];

/** Makes prompts from conversations with a model's chat template. */
export interface TemplateRenderer {
  /**
   * Renders a conversation.
   *
   * @throws ChatTemplateError if the template raises an error or exceeds its limits.
   */
  render(conversation: Conversation): string;
}

/**
 * Makes a renderer of a chat template. It renders as `apply_chat_template` of transformers 5.24 does. Templates are
 * untrusted: they can read only the conversation, and their steps and the total size of their values are limited.
 *
 * @see https://huggingface.co/docs/transformers/chat_templating
 */
export function createTemplateRenderer({ source, specialTokens }: ChatTemplate): TemplateRenderer {
  let compiled: ReturnType<typeof compileTemplate> | undefined;
  return {
    render: ({
      messages,
      tools,
      documents,
      addGenerationPrompt,
      variables = {},
      continuesLast,
    }) => {
      const read = continuesLast ? markLast(messages) : messages;
      const all = {
        ...specialTokens,
        ...variables,
        messages: read.map(normalizeMessage),
        tools: tools ?? null,
        documents: documents ?? null,
        add_generation_prompt: addGenerationPrompt ?? !continuesLast,
      };
      try {
        compiled ??= compileTemplate(source);
        const text = compiled(dictOf(all));
        return continuesLast ? cutAtMark(text, messages) : text;
      } catch (error) {
        throw error instanceof ChatTemplateError ? error : templateError(error);
      }
    },
  };
}

/** Whether an answer can continue the last message of a conversation: a text of the assistant. */
export function endsInAnswer(messages: readonly ChatMessage[]): boolean {
  const last = messages.at(-1);
  return last?.role === 'assistant' && Boolean(last.content) && last.tool_calls === undefined;
}

/** Text that marks the end of a message that is continued. A template that trims messages removes its final space. */
const MARK = 'CONTINUE_FINAL_MESSAGE_TAG ';

/** Returns the messages with the mark at the end of the last one. */
function markLast(messages: readonly ChatMessage[]): readonly ChatMessage[] {
  const last = messages[messages.length - 1];
  return [...messages.slice(0, -1), { ...last, content: `${last.content}${MARK}` }];
}

/**
 * Cuts a rendered conversation at the mark, as transformers does. If the template trims messages, the end is
 * trimmed too.
 *
 * @throws ChatTemplateError when the template changes the content of the last message.
 * @see https://huggingface.co/docs/transformers/chat_templating#continuefinalmessage
 */
function cutAtMark(rendered: string, messages: readonly ChatMessage[]): string {
  const content = messages[messages.length - 1].content ?? '';
  const at = rendered.lastIndexOf(MARK.trim());
  if (at < 0 || !rendered.includes(content.trim())) {
    throw new ChatTemplateError(
      'messages: expected a last message of a user, as the chat template of the model leaves out parts of an answer, got one of the assistant',
      true,
    );
  }
  const text = rendered.slice(0, at);
  return rendered.startsWith(MARK, at) ? text : text.trimEnd();
}

/** Returns a message without empty fields, with its reasoning under the names that templates read. */
function normalizeMessage(message: JsonObject): JsonObject {
  const given = Object.fromEntries(
    Object.entries(message).filter(([, value]) => value !== null && value !== undefined),
  );
  const field = REASONING_FIELDS.find((name) => Object.hasOwn(given, name));
  if (field === undefined) return given;
  return { thinking: given[field], ...given, reasoning_content: given[field] };
}

function templateError(error: unknown): ChatTemplateError {
  if (error instanceof BudgetError) {
    return new ChatTemplateError(`chat template: expected ${error.message}`, false, {
      cause: error,
    });
  }
  const reason = messageOf(error);
  return new ChatTemplateError(
    `messages: expected a conversation that the model's chat template takes, got its error: ${reason.slice(0, 300)}`,
    true,
    { cause: error },
  );
}

/** Converts a JSON value to a template's value. Whole numbers become ints if they are exact. */
function valueOf(json: unknown): Value {
  if (json === null || json === undefined) return null;
  if (typeof json === 'number') return Number.isSafeInteger(json) ? BigInt(json) : json;
  if (typeof json === 'boolean' || typeof json === 'string' || typeof json === 'bigint') {
    return json;
  }
  if (Array.isArray(json)) return json.map(valueOf);
  if (isObject(json)) return dictOf(json);
  throw new RangeError(`expected values of JSON, got a ${typeof json}`);
}

function dictOf(json: JsonObject): Dict {
  return new Dict(Object.entries(json).map(([name, value]) => [name, valueOf(value)]));
}

/** A message: its role and content, and any further fields that the template reads. */
export interface ChatMessage extends JsonObject {
  readonly role: string;
  readonly content: string | null;
}

/** A conversation, and other values that a template may read. */
export interface Conversation {
  readonly messages: readonly ChatMessage[];
  /** Functions that the model may call, by their JSON schemas. */
  readonly tools?: readonly JsonObject[];
  /** Documents for retrieval-augmented answers, each with a `title` and a `text`. */
  readonly documents?: readonly JsonObject[];
  /** Whether the prompt ends with the beginning of an answer; default true, unless `continuesLast`. */
  readonly addGenerationPrompt?: boolean;
  /** Whether the prompt ends in the text of the last message, for an answer that continues it; default false. */
  readonly continuesLast?: boolean;
  /** Further variables of the template, such as Qwen's `enable_thinking`. */
  readonly variables?: JsonObject;
}

/** Thrown if a model's template cannot render a conversation. */
export class ChatTemplateError extends Error {
  override readonly name = 'ChatTemplateError';

  /**
   * Creates the error.
   *
   * @param isRefusal - Whether the template refused the conversation; otherwise the template is broken.
   */
  constructor(
    message: string,
    readonly isRefusal: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
