import { type Model, type ModelConfig, modelConfig } from '@ramble/core';
import { memoryBytes } from '@ramble/core/files';
import {
  assembleTensors,
  FAMILIES,
  familyRecipes,
  type FamilyName,
  fromLlamaConfig,
  loadLlama,
} from '@ramble/runs/hugging-face';
import { openSafetensors, type Safetensors } from '@ramble/runs/safetensors';

import type { OptimizerSteps } from '../engine/check-updates.js';

/** Reads a file of the fixtures by its path in their folder, such as `gemma3/golden.json`. */
export type ReadFixture = (path: string) => Promise<Uint8Array>;

/** The fields of golden.json, the reference results of Hugging Face, that the tests use. */
interface LlamaGolden {
  readonly inputIds: readonly (readonly number[])[];
  readonly loss: number;
  readonly lossPerToken: readonly (readonly number[])[];
  readonly gradientGlobalNorm: number;
  readonly cached: { readonly chunks: readonly (readonly number[])[] };
  readonly greedy: {
    readonly prompts: readonly (readonly number[])[];
    readonly tokens: readonly (readonly number[])[];
  };
  readonly leftPadded: { readonly rows: readonly (readonly number[])[] };
  readonly adamw: OptimizerSteps & {
    readonly inputs: readonly (readonly (readonly number[])[])[];
    readonly finalLoss: number;
  };
}

/** A tiny model of the Llama family, with its reference results. */
export interface LlamaFixture {
  readonly name: string;
  readonly golden: LlamaGolden;
  readonly config: ModelConfig;
  readonly json: (file: string) => Promise<Record<string, unknown>>;
  readonly model: () => Promise<Model>;
  readonly embeddings: () => Promise<Embeddings>;
  /** Returns the tensors of a file, with the names that it has. */
  readonly tensors: (file: string) => Promise<Safetensors>;
  /** Reads a file with Hugging Face's names and layout of tensors, and returns them with ramble's names and layout. */
  readonly ours: (file: string, of: 'parameters' | 'gradients') => Promise<Safetensors>;
}

/** Names of the fixtures' folders, one for each model. */
export const LLAMA_FIXTURES = [
  'llama',
  'llama-llama3',
  'llama-linear',
  'llama-yarn',
  'llama-dynamic',
  'llama-biases',
  'mistral',
  'qwen2',
  'qwen3',
  'gemma',
  'gemma2',
  'gemma3',
  'smollm3',
  'phi3',
  'olmo2',
  'olmo3',
] as const;

/** Names of the fixtures whose embeddings are in embeddings.json. */
export const EMBEDDED: readonly string[] = ['llama', 'qwen3', 'gemma3', 'phi3'];

/** Prompts as ids, and their expected embeddings by mean and last pooling. */
interface Embeddings {
  readonly prompts: readonly (readonly number[])[];
  readonly mean: readonly (readonly number[])[];
  readonly last: readonly (readonly number[])[];
}

/** Opens a fixture by its name, one of `LLAMA_FIXTURES`. */
export async function llamaFixture(read: ReadFixture, name: string): Promise<LlamaFixture> {
  const json = async (file: string): Promise<Record<string, unknown>> =>
    JSON.parse(new TextDecoder().decode(await read(`${name}/${file}`))) as Record<string, unknown>;
  const golden = (await json('golden.json')) as unknown as LlamaGolden; // as described in its README
  const hub = await json('config.json');
  const type = hub.model_type as FamilyName;
  const own = fromLlamaConfig(hub, type);
  // Dynamic frequencies are for the whole context, which is the length of the inputs.
  const longest = golden.inputIds[0].length;
  const config =
    own.ropeScaling?.kind === 'dynamic' ? modelConfig({ ...own, contextLength: longest }) : own;
  const tensors = async (file: string): Promise<Safetensors> =>
    openSafetensors(memoryBytes(`${name}/${file}`, await read(`${name}/${file}`)));
  const ours: LlamaFixture['ours'] = async (file, of) => {
    const family = FAMILIES[type];
    // A gain that is stored minus 1 has the same gradient.
    const plain = of === 'gradients' ? { ...family, gainsMinusOne: undefined } : family;
    return assembleTensors(await tensors(file), config, familyRecipes(config, plain));
  };
  const model = async (): Promise<Model> =>
    loadLlama(await tensors('model.safetensors'), config, type);
  const embeddings = async (): Promise<Embeddings> => {
    const text = new TextDecoder().decode(await read('embeddings.json'));
    return (JSON.parse(text) as Record<string, Embeddings>)[name]; // as embeddings.py writes it
  };
  return { name, golden, config, json, tensors, ours, model, embeddings };
}
