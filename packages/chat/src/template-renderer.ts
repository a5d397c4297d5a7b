import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';

import type { ChatTemplate } from '@ramble/core';
import type { JsonObject } from '@ramble/core/files';

import { ChatTemplateError } from './chat-template-error.js';
import type { Conversation } from './conversation.js';
import { readTemplate } from './render-template.js';

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
  /** Ends the thread that renders. */
  close(): Promise<void>;
}

const MEGABYTES = 128;
/** More characters than any context has. */
const MOST_CHARACTERS = 2 ** 22;

/** What the thread answers. */
type Rendered = { readonly text: string } | { readonly error: string } | { readonly ready: true };

/**
 * Renders templates as transformers does. A template comes with a model from anywhere, and may loop or grow
 * without end: it runs in a thread of its own, which is ended at a limit of time or memory.
 *
 * @see https://huggingface.co/docs/transformers/chat_templating
 */
export function createTemplateRenderer(
  template: ChatTemplate,
  { timeoutSeconds = 2 }: RendererOptions = {},
): TemplateRenderer {
  let worker: Worker | undefined;
  let last: Promise<unknown> = Promise.resolve();

  async function end(): Promise<void> {
    const ended = worker?.terminate();
    worker = undefined;
    await ended;
  }

  /** The thread, once it runs: its start is not the template's time. */
  async function start(): Promise<Worker> {
    if (worker) {
      worker.ref();
      return worker;
    }
    const started = new Worker(THREAD, {
      eval: true,
      workerData: { jinja: jinjaUrl(), source: template.source, most: MOST_CHARACTERS },
      resourceLimits: { maxOldGenerationSizeMb: MEGABYTES, maxYoungGenerationSizeMb: 16 },
      // A loader of the program that this is part of is not for it.
      execArgv: [],
      env: {},
    });
    worker = started;
    await answerOf(started);
    return started;
  }

  async function renderNow(variables: JsonObject): Promise<string> {
    let timer: NodeJS.Timeout | undefined;
    try {
      const thread = await start();
      const tooLate = new Promise<never>((_, reject) => {
        timer = setTimeout(() => {
          reject(broken(`a text within ${timeoutSeconds} s, got none`));
        }, 1000 * timeoutSeconds);
      });
      send(thread, variables);
      const answer = await Promise.race([answerOf(thread), tooLate]);
      if ('text' in answer) return answer.text;
      throw refused('error' in answer ? answer.error : 'nothing');
    } catch (error) {
      if (!(error instanceof ChatTemplateError && error.isRefusal)) await end();
      throw error;
    } finally {
      clearTimeout(timer);
      worker?.unref(); // nobody waits for it
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

/** The thread's program; it renders with what each message holds. */
const THREAD = `
const readTemplate = ${readTemplate.toString()};
import('node:worker_threads').then(async ({ parentPort, workerData: { jinja, source, most } }) => {
  const library = await import(jinja);
  let render;
  parentPort.on('message', (variables) => {
    try {
      render ??= readTemplate(library, source);
      const text = render(variables);
      if (text.length > most) throw new Error('it made a text of more than ' + most + ' characters');
      parentPort.postMessage({ text });
    } catch (error) {
      parentPort.postMessage({ error: String(error?.message ?? error).slice(0, 300) });
    }
  });
  parentPort.postMessage({ ready: true });
});
`;

function jinjaUrl(): string {
  const path = createRequire(import.meta.url).resolve('@huggingface/jinja');
  return pathToFileURL(path).href;
}

function answerOf(worker: Worker): Promise<Rendered> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
    };
    const onMessage = (answer: Rendered): void => {
      settle();
      resolve(answer);
    };
    const onError = (error: unknown): void => {
      settle();
      const isMemory = (error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY';
      if (isMemory) reject(broken(`no more than ${MEGABYTES} MB of memory, got more`));
      else reject(broken(`to run, got ${String(error)}`));
    };
    const onExit = (): void => {
      settle();
      reject(broken('to run, got none that does'));
    };
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
  });
}

function send(worker: Worker, variables: JsonObject): void {
  try {
    worker.postMessage(variables);
  } catch (error) {
    throw refused(error instanceof Error ? error.message : String(error), error);
  }
}

function refused(reason: string, cause?: unknown): ChatTemplateError {
  return new ChatTemplateError(
    `messages: expected a conversation that the model's chat template takes, got its error: ${reason}`,
    true,
    { cause },
  );
}

function broken(expectation: string): ChatTemplateError {
  return new ChatTemplateError(`chat template: expected ${expectation}`, false);
}
