import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';

import type { ChatTemplate } from '@ramble/core';
import type { JsonObject } from '@ramble/core/files';

import { readTemplate } from './render-template.js';
import type { Rendered, TemplateThread } from './template-thread.js';
import {
  brokenTemplate,
  refusedConversation,
  type RendererOptions,
  type TemplateRenderer,
  textOf,
  threadRenderer,
} from './thread-renderer.js';

const MEGABYTES = 128;
/** More characters than any context has. */
const MOST_CHARACTERS = 2 ** 22;

/**
 * Renders templates as transformers does. A template comes with a model from anywhere, and may loop or grow
 * without end: it runs in a thread of its own, which is ended at a limit of time or memory.
 *
 * @see https://huggingface.co/docs/transformers/chat_templating
 */
export function createTemplateRenderer(
  template: ChatTemplate,
  options?: RendererOptions,
): TemplateRenderer {
  return threadRenderer(template, startThread, options);
}

async function startThread(source: string): Promise<TemplateThread> {
  const worker = new Worker(THREAD, {
    eval: true,
    workerData: { jinja: jinjaUrl(), source, most: MOST_CHARACTERS },
    resourceLimits: { maxOldGenerationSizeMb: MEGABYTES, maxYoungGenerationSizeMb: 16 },
    // A loader of the program that this is part of is not for it.
    execArgv: [],
    env: {},
  });
  await answerOf(worker);
  return {
    render: async (variables) => {
      worker.ref();
      try {
        send(worker, variables);
        return textOf(await answerOf(worker));
      } finally {
        worker.unref(); // nobody waits for it
      }
    },
    end: async () => {
      await worker.terminate();
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
  parentPort.postMessage({ text: '' }); // it runs
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
      if (isMemory) reject(brokenTemplate(`no more than ${MEGABYTES} MB of memory, got more`));
      else reject(brokenTemplate(`to run, got ${String(error)}`));
    };
    const onExit = (): void => {
      settle();
      reject(brokenTemplate('to run, got none that does'));
    };
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
  });
}

function send(worker: Worker, variables: JsonObject): void {
  try {
    worker.postMessage(variables);
  } catch (error) {
    throw refusedConversation(error instanceof Error ? error.message : String(error), error);
  }
}
