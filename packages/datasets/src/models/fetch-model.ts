import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { exists } from '@ramble/files';

import { downloadFile, type DownloadOptions } from '../corpora/download-file.js';
import { fetchAlone, type WaitOptions } from '../lock/fetch-alone.js';
import { checkConfig, CONFIG_FILE } from './check-config.js';
import { fetchText } from './fetch-text.js';
import { findSnapshot } from './find-snapshot.js';
import { readLfsPointer } from './lfs-pointer.js';
import type { PublishedModel } from './models.js';

const WEIGHTS = 'model.safetensors';

export interface FetchModelOptions extends DownloadOptions, WaitOptions {
  readonly cacheFolder: string;
  /** URL of the Hugging Face Hub or a mirror of it: `https://huggingface.co`. */
  readonly hub: string;
  /** The user's own cache of the Hub, where the model may be already. */
  readonly hubCache?: string;
}

/** A model on disk. */
export interface ModelFiles {
  /** The published model; its licence must be shown. */
  readonly model: PublishedModel;
  /** Folder with config.json and model.safetensors. */
  readonly folder: string;
}

/**
 * Makes the folder of a model in the cache, `models/NAME-COMMIT/`. It appears when it is whole, so what
 * is there need not be looked at again; a download that broke goes on in the next call.
 */
export async function fetchModel(
  model: PublishedModel,
  options: FetchModelOptions,
): Promise<ModelFiles> {
  const folder = join(options.cacheFolder, 'models', `${model.name}-${model.revision.slice(0, 8)}`);
  if (options.hubCache !== undefined && !(await exists(folder))) {
    const snapshot = await findSnapshot(model, options.hubCache);
    if (snapshot !== undefined) return { model, folder: snapshot };
  }
  await fetchAlone(model.name, folder, options, () => makeModel(model, folder, options));
  return { model, folder };
}

async function makeModel(
  model: PublishedModel,
  folder: string,
  options: FetchModelOptions,
): Promise<void> {
  const { name, repository, revision } = model;
  const hub = `${options.hub.replace(/\/$/, '')}/${repository}`;
  const config = await fetchText(name, `${hub}/resolve/${revision}/${CONFIG_FILE}`, options);
  checkConfig(model, config);
  const pointer = await fetchText(name, `${hub}/raw/${revision}/${WEIGHTS}`, options);
  const { sha256, sizeBytes } = readLfsPointer(name, pointer);
  if (model.sha256 !== undefined && model.sha256 !== sha256) {
    throw new Error(`${name}: expected sha256 ${model.sha256} at ${revision}, got ${sha256}`);
  }
  const work = join(options.cacheFolder, 'downloads', `${name}-${revision.slice(0, 8)}`);
  await mkdir(work, { recursive: true });
  const url = `${hub}/resolve/${revision}/${WEIGHTS}`;
  await downloadFile({ name, url, sha256, sizeBytes }, join(work, WEIGHTS), options);
  await writeFile(join(work, CONFIG_FILE), config);
  await rename(work, folder).catch(async (error: unknown) => {
    if (!(await exists(folder))) throw error; // else one on another machine was faster
    await rm(work, { recursive: true, force: true });
  });
}
