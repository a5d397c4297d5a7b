import type { Readable } from 'node:stream';

import type { TemplateRenderer } from '@ramble/language/chat';
import type { FastifyReply, FastifyRequest } from 'fastify';

import { chatModel } from '../completion/chat-prompt.js';
import { inTypedName } from '../request/foreign-fields.js';
import { parseChatRequest } from '../request/parse-chat-request.js';
import type { AnswerBody } from './answer-completion.js';
import { answerRequest, type CompletionService } from './answer-request.js';
import { CHAT_FORM } from './chat-form.js';
import { checkModel, chooseService } from './choose-service.js';

export interface ChatService extends CompletionService {
  /** Renders by the model's template; absent for a model that has none. */
  readonly renderer?: TemplateRenderer;
}

/** The prompt of a chat is what its messages become. */
const TYPED: ReadonlyMap<string, string> = new Map([['prompt', 'messages']]);

/**
 * Answers `POST /v1/chat/completions` by one of the services: the conversation becomes a prompt by the
 * model's template, and the answer is a completion of it.
 */
export function chatRoute(services: readonly ChatService[]) {
  return async ({ body }: FastifyRequest, reply: FastifyReply): Promise<AnswerBody | Readable> => {
    const { renderer, ...service } = chooseService(services, body);
    const { conversation, continuesLast, completion } = parseChatRequest(body);
    checkModel(services, completion.model);
    const served = chatModel(service.served, renderer);
    const prompts = [served.promptOf(conversation, continuesLast)];
    const { contextLength } = served.model.config;
    // It may be as long as there is room: OpenAI's, where no limit is given.
    const max_tokens = completion.max_tokens ?? contextLength;
    const { source = '' } = served.domain.chatTemplate ?? {};
    const ignored = completion.ignored.filter((name) => !isVariableOf(source, name));
    const request = { ...completion, prompts, max_tokens, ignored };
    try {
      return await answerRequest({ ...service, served }, request, reply, CHAT_FORM);
    } catch (error) {
      throw inTypedName(error, TYPED);
    }
  };
}

/** Whether a template reads a field that completions ignore. */
function isVariableOf(source: string, field: string): boolean {
  return field === 'reasoning_effort' && source.includes(field);
}
