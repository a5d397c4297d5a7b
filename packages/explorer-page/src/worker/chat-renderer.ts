import {
  brokenTemplate,
  type Rendered,
  type TemplateRenderer,
  type TemplateThread,
  textOf,
  threadRenderer,
} from '@ramble/chat/thread';
import type { JsonObject } from '@ramble/core/files';
import type { ChatRenderer, ExploredModel } from '@ramble/explorer';

/** What the worker of a template is asked. */
export interface TemplateQuestion {
  readonly source: string;
  readonly variables: JsonObject;
}

/**
 * Renders conversations by the templates of models, each in a worker of its own.
 *
 * @param url - The program of such a worker.
 */
export function chatRenderer(url: URL): ChatRenderer {
  const renderers = new Map<ExploredModel, TemplateRenderer>();
  return async (explored, messages) => {
    const { chatTemplate } = explored.domain;
    if (!chatTemplate) return '';
    const start = (source: string): Promise<TemplateThread> => startThread(url, source);
    const renderer = renderers.get(explored) ?? threadRenderer(chatTemplate, start);
    renderers.set(explored, renderer);
    return renderer.render({ messages: messages.map((turn) => ({ ...turn })) });
  };
}

async function startThread(url: URL, source: string): Promise<TemplateThread> {
  const worker = new Worker(url, { type: 'module' });
  await answerOf(worker);
  return {
    render: async (variables) => {
      worker.postMessage({ source, variables } satisfies TemplateQuestion);
      return textOf(await answerOf(worker));
    },
    end: () => {
      worker.terminate();
      return Promise.resolve();
    },
  };
}

function answerOf(worker: Worker): Promise<Rendered> {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<Rendered>) => resolve(data);
    worker.onerror = ({ message }) => reject(brokenTemplate(`to run, got ${message}`));
  });
}
