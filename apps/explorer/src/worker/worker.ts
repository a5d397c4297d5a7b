// The worker of an exported page: it runs the page's models on the engine wasm, and answers its calls.

import type { AnyInferenceApp } from '@ramble/core';
import { messageOf } from '@ramble/core/files';
import {
  type ExploredModel,
  type ExplorerCalls,
  explorerCalls,
  type ExportedModel,
} from '@ramble/explorer';
import {
  type ChatMessage,
  createTemplateRenderer,
  type TemplateRenderer,
} from '@ramble/language/chat';
import { wasmEngine } from '@ramble/portable';
import { loadDomain, loadRun, memoryStorage } from '@ramble/runs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';

import type { FromWorker, ToWorker } from '../transport/worker.js';

/** Renderers of chat templates by model. */
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
    const stream = Object.entries(streamed).find(([each]) => each === name)?.[1];
    if (call) send({ kind: 'answer', id, answer: await call(question, abort.signal) });
    else if (stream) {
      for await (const event of stream(question, abort.signal)) send({ kind: 'event', id, event });
      send({ kind: 'end', id });
    } else {
      const message = `call: expected one that there is, got ${name}`;
      send({ kind: 'error', id, message, status: 404 });
    }
  } catch (error) {
    const message = messageOf(error);
    send({ kind: 'error', id, message, status: 400 });
  } finally {
    aborts.delete(id);
  }
}

function send(message: FromWorker): void {
  postMessage(message);
}

/**
 * Fetches the models that a page was exported with.
 *
 * @param base - URL of the page's folder.
 * @param engine - Name of the loaded engine.
 * @throws Error that names the file that is missing or broken.
 */
async function fetchModels(base: URL, engine: string): Promise<ExploredModel[]> {
  const list = new TextDecoder().decode(await fetchBytes(new URL('models.json', base)));
  const exported = JSON.parse(list) as readonly ExportedModel[]; // written by the command
  return Promise.all(exported.map((model) => fetchModel(model, base, engine)));
}

async function fetchModel(
  { id, folder, files, app: own }: ExportedModel,
  base: URL,
  engine: string,
): Promise<ExploredModel> {
  const from = new URL(`models/${folder}/`, base);
  const stored = await Promise.all(
    files.map(async (path) => [path, await fetchBytes(new URL(path, from))] as const),
  );
  const run = await loadRun(memoryStorage(id, Object.fromEntries(stored)), {
    weights: 'as stored',
  });
  const app = own ? await importApp(new URL(own, base)) : await appOf(run.description.domain.name);
  return { id, app, model: run.model, domain: await loadDomain(run, app.factory), engine };
}

/** Imports the app of a module that was bundled for the page. */
async function importApp({ href }: URL): Promise<AnyInferenceApp> {
  const { default: app } = (await import(href)) as { readonly default: AnyInferenceApp }; // checked by the command
  return app;
}

async function fetchBytes(url: URL): Promise<Uint8Array> {
  const response = await fetch(url);
  if (response.ok) return new Uint8Array(await response.arrayBuffer());
  throw new Error(`${url.pathname}: expected a file, got status ${response.status}`);
}

/** Loaders of ramble's own apps, each called for the first model of its domain. */
const APPS: Readonly<Record<string, () => Promise<unknown>>> = {
  text: async () => (await import('@ramble/text-app/inference')).textInference,
  translation: async () => (await import('@ramble/translation-app/inference')).translationInference,
  summarization: async () =>
    (await import('@ramble/summarization-app/inference')).summarizationInference,
  music: async () => (await import('@ramble/music-app/inference')).musicInference,
  band: async () => (await import('@ramble/music-app/inference')).bandInference,
  chorales: async () => (await import('@ramble/music-app/inference')).choralesInference,
};

/**
 * Loads the app of a domain.
 *
 * @throws RangeError for a domain that is not one of ramble's.
 */
async function appOf(domain: string): Promise<AnyInferenceApp> {
  const load = Object.hasOwn(APPS, domain) ? APPS[domain] : undefined;
  if (!load) {
    throw new RangeError(`domain: expected one of ${Object.keys(APPS).join(', ')}, got ${domain}`);
  }
  return (await load()) as AnyInferenceApp; // an app of some examples, prompts and outputs
}
