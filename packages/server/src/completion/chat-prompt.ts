import { ChatTemplateError, type Conversation, type TemplateRenderer } from '@ramble/chat';

import { refuse, RequestError } from '../request/request-error.js';
import type { DomainModel } from './domain-model.js';

/** A model whose prompts are conversations in the form of its template. */
export interface ChatModel extends DomainModel {
  /** The prompt of a conversation. */
  promptOf(conversation: Conversation): Promise<string>;
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
    promptOf: async (conversation) => {
      const { tools } = conversation;
      if (tools && !/\btools\b/.test(source)) {
        throw refuse(
          'tools',
          'none, as the chat template of the model has no place for them',
          tools,
        );
      }
      try {
        return await renderer.render(conversation);
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
