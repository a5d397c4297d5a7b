import {
  type ChatMessage,
  ChatTemplateError,
  type Conversation,
  type TemplateRenderer,
} from '@ramble/language/chat';

import { refuse, RequestError } from '../request/request-error.js';
import type { DomainModel } from './domain-model.js';

/** A model whose prompts are conversations in the form of its template. */
export interface ChatModel extends DomainModel {
  /**
   * The prompt of a conversation.
   *
   * @param continuesLast - Whether it ends in the text of the last message, for an answer that continues it.
   */
  promptOf(conversation: Conversation, continuesLast: boolean): string;
}

/**
 * Serves a model for chats: the names of special tokens, which its template writes, are those tokens, and
 * an answer ends where the context is full.
 *
 * @throws RequestError for a model without a template.
 */
export function chatModel(served: DomainModel, renderer: TemplateRenderer | undefined): ChatModel {
  const domain = served.domain.allowSpecialTokens?.() ?? served.domain;
  const source = domain.chatTemplate?.source;
  if (!renderer || source === undefined) {
    throw new RequestError(
      `model: expected one with a chat template, got ${served.id}, which has none; POST /v1/completions goes on from a prompt`,
      { field: 'model', code: 'no_chat_template' },
    );
  }
  return {
    ...served,
    domain: {
      ...domain,
      encodePrompt: (prompt) => {
        const { tokens } = domain.encodePrompt(prompt);
        return { tokens, outputStart: tokens.length };
      },
    },
    promptOf: (conversation, continuesLast) => {
      const { messages, tools } = conversation;
      if (tools && !/\btools\b/.test(source)) {
        throw refuse(
          'tools',
          'none, as the chat template of the model has no place for them',
          tools,
        );
      }
      try {
        if (!continuesLast) return renderer.render(conversation);
        const marked = { ...conversation, messages: markLast(messages) };
        return cutAtMark(renderer.render(marked), messages);
      } catch (error) {
        if (!(error instanceof ChatTemplateError)) throw error;
        const { message, isRefusal, cause } = error;
        throw new RequestError(message, {
          field: 'messages',
          ...(!isRefusal && { status: 500, code: 'chat_template_failed' }),
          cause,
        });
      }
    },
  };
}

/** Marks the end of a message that is continued. Its space shows whether the template trims messages. */
const MARK = 'CONTINUE_FINAL_MESSAGE_TAG ';

/** The messages with the mark at the end of the last one. */
function markLast(messages: readonly ChatMessage[]): readonly ChatMessage[] {
  const last = messages[messages.length - 1];
  return [...messages.slice(0, -1), { ...last, content: `${last.content}${MARK}` }];
}

/**
 * A rendered conversation up to the mark, as transformers cuts it; where the template trims messages, its end is
 * trimmed too.
 *
 * @throws RequestError when the template does not write the last message as it is.
 * @see https://huggingface.co/docs/transformers/chat_templating#continuefinalmessage
 */
function cutAtMark(rendered: string, messages: readonly ChatMessage[]): string {
  const content = messages[messages.length - 1].content ?? '';
  const at = rendered.lastIndexOf(MARK.trim());
  if (at < 0 || !rendered.includes(content.trim())) {
    throw new RequestError(
      'messages: expected a last message of a user, as the chat template of the model leaves out parts of an answer, got one of the assistant',
      { field: 'messages' },
    );
  }
  const text = rendered.slice(0, at);
  return rendered.startsWith(MARK, at) ? text : text.trimEnd();
}
