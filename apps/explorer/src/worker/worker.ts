/** The worker of an exported page: runs its models on the engine wasm, and answers its calls. */
import {
  type ChatMessage,
  createTemplateRenderer,
  type TemplateRenderer,
} from '@ramble/language/chat';
import { explorerCalls, type ExplorerCalls, type ExploredModel } from '@ramble/explorer';
import { wasmEngine } from '@ramble/portable';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';

import { fetchModels } from './fetch-models.js';
import type { FromWorker, ToWorker } from './messages.js';

/** Renderers of the models' templates, by model. */
const renderers = new WeakMap<ExploredModel, TemplateRenderer>();
const base = new URL('./', import.meta.url);
const calls = openCalls();
const aborts = new Map<number, AbortController>();

addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
  if (data.kind === 'abort') aborts.get(data.id)?.abort();
  else void answer(data);
});

async function openCalls(): Promise<ExplorerCalls> {
  setWasmPaths(new URL('wasm/', base).href);
  await wasmEngine.load();
  const models = await fetchModels(base, wasmEngine.name);
  const found = {
    list: () => models,
    find: (id: string) => models.find((model) => model.id === id),
  };
  return explorerCalls(found, { renderChat });
}

// eslint-disable-next-line @typescript-eslint/require-await -- an error is a rejection
async function renderChat(
  explored: ExploredModel,
  turns: readonly { readonly role: string; readonly content: string }[],
): Promise<string> {
  const { chatTemplate } = explored.domain;
  if (!chatTemplate) return '';
  const renderer = renderers.get(explored) ?? createTemplateRenderer(chatTemplate);
  renderers.set(explored, renderer);
  const messages = turns.map((turn): ChatMessage => ({ ...turn }));
  return renderer.render({ messages });
}

async function answer({
  id,
  name,
  question,
}: Extract<ToWorker, { readonly kind: 'question' }>): Promise<void> {
  const abort = new AbortController();
  aborts.set(id, abort);
  try {
    const { whole, streamed } = await calls;
    const call = Object.entries(whole).find(([each]) => each === name)?.[1];
    if (call) {
      tell({ kind: 'answer', id, answer: await call(question, abort.signal) });
      return;
    }
    const stream = Object.entries(streamed).find(([each]) => each === name)?.[1];
    if (!stream) {
      tell({
        kind: 'error',
        id,
        message: `call: expected one that there is, got ${name}`,
        status: 404,
      });
      return;
    }
    for await (const event of stream(question, abort.signal)) {
      tell({ kind: 'event', id, event });
    }
    tell({ kind: 'end', id });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    tell({ kind: 'error', id, message, status: 400 });
  } finally {
    aborts.delete(id);
  }
}

function tell(message: FromWorker): void {
  postMessage(message);
}
