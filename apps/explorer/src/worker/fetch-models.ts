import type { AnyAskedApp } from '@ramble/core';
import type { ExploredModel, ExportedModel } from '@ramble/explorer';
import { loadDomain, loadRun, memoryStorage } from '@ramble/runs';

import { appOf } from './apps.js';

/**
 * Fetches the models that a page was exported with.
 *
 * @param base - The address of the page's folder.
 * @param engine - Name of the engine, which is loaded.
 * @throws Error that names the file that is missing or broken.
 */
export async function fetchModels(base: URL, engine: string): Promise<ExploredModel[]> {
  const list = new TextDecoder().decode(await fetchBytes(new URL('models.json', base)));
  const exported = JSON.parse(list) as readonly ExportedModel[]; // as the command wrote it
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

/** The app of a module that was bundled for the page. */
async function importApp({ href }: URL): Promise<AnyAskedApp> {
  const { default: app } = (await import(href)) as { readonly default: AnyAskedApp }; // as the command checked it
  return app;
}

async function fetchBytes(url: URL): Promise<Uint8Array> {
  const response = await fetch(url);
  if (response.ok) return new Uint8Array(await response.arrayBuffer());
  throw new Error(`${url.pathname}: expected a file, got status ${response.status}`);
}
