import type { ChatTemplate } from '@ramble/core';
import type { JsonObject } from '@ramble/core/files';

import { ChatTemplateError } from './chat-template-error.js';
import type { Conversation } from './conversation.js';
import type { Rendered, TemplateThread } from './template-thread.js';

/** What a renderer allows a template, which comes with a model from anywhere. */
export interface RendererOptions {
  /** The maximum time that a template may take. */
  readonly timeoutSeconds?: number;
}

/** Makes prompts of conversations by a model's own template. */
export interface TemplateRenderer {
  /**
   * Renders a conversation.
   *
   * @throws ChatTemplateError when the template raises an error, or makes no text within the limits of
   *   time and memory.
   */
  render(conversation: Conversation): Promise<string>;
  /** Ends the thread or process that renders. */
  close(): Promise<void>;
}

/**
 * Renders templates as transformers does, in a thread or process that is ended at the limit of time and started
 * anew for the next conversation.
 *
 * @param start - Starts the thread, to which it may tell the limit, and waits until it runs: its start is not the
 *   template's time.
 * @see https://huggingface.co/docs/transformers/chat_templating
 */
export function threadRenderer(
  template: ChatTemplate,
  start: (source: string, timeoutSeconds: number) => Promise<TemplateThread>,
  { timeoutSeconds = 2 }: RendererOptions = {},
): TemplateRenderer {
  let thread: TemplateThread | undefined;
  let last: Promise<unknown> = Promise.resolve();

  async function end(): Promise<void> {
    const ended = thread?.end();
    thread = undefined;
    await ended;
  }

  async function renderNow(variables: JsonObject): Promise<string> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    try {
      thread ??= await start(template.source, timeoutSeconds);
      const tooLate = new Promise<never>((_, reject) => {
        timer = setTimeout(() => {
          reject(brokenTemplate(`a text within ${timeoutSeconds} s, got none`));
        }, 1000 * timeoutSeconds);
      });
      return await Promise.race([thread.render(variables), tooLate]);
    } catch (error) {
      if (!(error instanceof ChatTemplateError && error.isRefusal)) await end();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    render: ({ messages, tools, documents, addGenerationPrompt = true, variables = {} }) => {
      const all = {
        ...template.specialTokens,
        ...variables,
        messages,
        tools: tools ?? null,
        documents: documents ?? null,
        add_generation_prompt: addGenerationPrompt,
      };
      const rendered = last.then(() => renderNow(all));
      last = rendered.catch(() => undefined);
      return rendered;
    },
    close: async () => {
      await last;
      await end();
    },
  };
}

/**
 * The text that a thread answers.
 *
 * @throws ChatTemplateError with the error that it answers.
 */
export function textOf(answer: Rendered): string {
  if ('text' in answer) return answer.text;
  throw refusedConversation(answer.error);
}

/** The error of a conversation that a template does not take. */
export function refusedConversation(reason: string, cause?: unknown): ChatTemplateError {
  return new ChatTemplateError(
    `messages: expected a conversation that the model's chat template takes, got its error: ${reason}`,
    true,
    { cause },
  );
}

/** The error of a template that does not end well. */
export function brokenTemplate(expectation: string): ChatTemplateError {
  return new ChatTemplateError(`chat template: expected ${expectation}`, false);
}
