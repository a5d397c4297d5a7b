import { cacheFolder as defaultCacheFolder } from '../cache-folder.js';
import type { DownloadOptions } from '../corpora/download-file.js';
import { environmentFetch, hubOf } from '../corpora/environment-fetch.js';
import type { WaitOptions } from '../lock/fetch-alone.js';
import { hubCacheFolder } from './find-snapshot.js';
import { fetchModel, type ModelFiles } from './fetch-model.js';
import { listModels } from './models.js';

export interface GetModelOptions extends DownloadOptions, WaitOptions {
  readonly cacheFolder?: string;
  /** Variables of the environment: the caches, proxies, `HF_TOKEN`, and in `HF_ENDPOINT` a mirror of the Hub. */
  readonly environment?: NodeJS.ProcessEnv;
}

/**
 * Gets a model by its name: from the cache, else from the Hugging Face Hub, verified.
 *
 * @throws RangeError when no model has that name; Error when it cannot be had, or is not what it was.
 */
export async function getModel(
  name: string,
  { environment = process.env, cacheFolder, ...options }: GetModelOptions = {},
): Promise<ModelFiles> {
  const model = listModels().find((each) => each.name === name);
  if (model) {
    return fetchModel(model, {
      fetch: environmentFetch(environment),
      ...options,
      hub: hubOf(environment),
      hubCache: hubCacheFolder(environment),
      cacheFolder: cacheFolder ?? defaultCacheFolder(environment),
    });
  }
  const names = listModels().map((each) => each.name);
  throw new RangeError(`model: expected one of ${names.join(', ')}, got ${name}`);
}
