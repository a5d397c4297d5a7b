import type { ModelConfig } from '@ramble/core';
import type { JsonObject } from '@ramble/core/files';
import {
  adapterLayers,
  type AdapterPart,
  type AdapterSettings,
  type AdapterTarget,
  type TargetPattern,
} from '@ramble/core/model';

import { readFloats } from '../safetensors/float-codecs.js';
import type { Safetensors } from '../safetensors/open-safetensors.js';
import type { TensorToWrite } from '../safetensors/write-safetensors.js';
import { toGpt2Config } from './gpt2.js';
import { FAMILIES, type Family } from './llama/families.js';
import { toLlamaConfig } from './llama/to-llama-config.js';

/** Path of the blocks in a Hugging Face model, and the names of its linear layers by ramble's adapter targets. */
interface ModuleNames {
  readonly blocks: string;
  readonly names: Readonly<Partial<Record<AdapterTarget, string>>>;
}

const LLAMA: ModuleNames = {
  blocks: 'model.layers',
  names: {
    ...{ q: 'self_attn.q_proj', k: 'self_attn.k_proj', v: 'self_attn.v_proj' },
    ...{ qkv: 'self_attn.qkv_proj', o: 'self_attn.o_proj', gate: 'mlp.gate_proj' },
    ...{ up: 'mlp.up_proj', 'gate-up': 'mlp.gate_up_proj', down: 'mlp.down_proj' },
  },
};
const GPT2: ModuleNames = {
  blocks: 'transformer.h',
  names: { qkv: 'attn.c_attn', o: 'attn.c_proj', up: 'mlp.c_fc', down: 'mlp.c_proj' },
};
/**
 * Adapter targets that cover all linear layers of GPT-2. `FUSED` covers the layers of families with fused matrices,
 * and `SIDE_BY_SIDE` the layers of the other families.
 */
const GPT2_LAYERS = 'qkv,o,up,down';
const FUSED = 'qkv,o,gate-up,down';
const SIDE_BY_SIDE = 'q,k,v,o,gate,up,down';

function namesOf({ norm }: Pick<ModelConfig, 'norm'>): ModuleNames {
  return norm === 'layer' ? GPT2 : LLAMA;
}

/** Position of a linear layer in a model: its block, and which of the block's layers it is. */
export interface ModulePlace {
  readonly block: number;
  readonly target: AdapterTarget;
}

/**
 * Returns the linear layer that Hugging Face calls `model.layers.0.self_attn.q_proj`, with or without the first
 * component. Fused matrices of Phi-3 and the matrices of other families are both found.
 *
 * @throws RangeError if the model has no such layer.
 */
export function modulePlace(model: ModelConfig, name: string): ModulePlace {
  const { blocks, names } = namesOf(model);
  const [first, second] = blocks.split('.');
  const [, block, rest] =
    new RegExp(`^(?:${first}\\.)?${second}\\.(0|[1-9]\\d{0,4})\\.(.+)$`).exec(name) ?? [];
  const pair = Object.entries(names).find(([, each]) => each === rest);
  if (pair && Number(block) < model.nLayer) {
    return { block: Number(block), target: pair[0] as AdapterTarget }; // a key of the names
  }
  throw new RangeError(
    `${name}: expected one of ${Object.values(names).join(', ')} in ${blocks}.0 to ${blocks}.${model.nLayer - 1}, got a module that adapters of ramble lack`,
  );
}

/** Config of a model and settings of its adapters. A run's description has both. */
export interface AdapterDescription {
  readonly model: ModelConfig;
  readonly training: AdapterSettings;
}

/** Returns the values of a parameter by ramble's name: `model.parameters.read`, or `read` of a run's file. */
export type ReadParameter = (name: string) => Float32Array | Promise<Float32Array>;

/**
 * Returns the values of a parameter.
 *
 * @throws RangeError if it has another size.
 */
export async function readSized(
  read: ReadParameter,
  name: string,
  size: number,
): Promise<Float32Array> {
  const values = await read(name);
  if (values.length === size) return values;
  throw new RangeError(`${name}: expected ${size} numbers, got ${values.length}`);
}

/** A linear layer of the Hugging Face model. It is a part of the columns of a linear layer in ramble. */
export interface FamilyModule extends AdapterPart {
  /** Hugging Face's full name, such as `model.layers.0.self_attn.q_proj`. */
  readonly name: string;
  /** The name after the block's number: `self_attn.q_proj`. */
  readonly nameInBlock: string;
}

/**
 * Returns the config.json of a model, and, for each linear layer of ramble, its linear layers in Hugging Face's model.
 *
 * @throws RangeError if Hugging Face has no family with all settings of the model.
 */
export function familyModules(model: ModelConfig): {
  readonly json: JsonObject;
  readonly modules: ReadonlyMap<string, readonly FamilyModule[]>;
} {
  const { json, targets } = familyOf(model);
  const { blocks, names } = namesOf(model);
  const modules = adapterLayers(model, targets).map(({ name, block, parts }) => {
    const own = parts.map((part): FamilyModule => {
      const nameInBlock = names[part.target] ?? part.target; // families have names for their targets
      return { ...part, name: `${blocks}.${block}.${nameInBlock}`, nameInBlock };
    });
    return [name, own] as const;
  });
  return { json, modules: new Map(modules) };
}

/** Returns the config.json of a model, and the adapter targets that are its linear layers in Hugging Face's model. */
function familyOf(model: ModelConfig): {
  readonly json: JsonObject;
  readonly targets: TargetPattern;
} {
  if (model.norm === 'layer') return { json: toGpt2Config(model, 0), targets: GPT2_LAYERS };
  const { name, json } = toLlamaConfig(model);
  const { isFused }: Family = FAMILIES[name];
  return { json, targets: isFused ? FUSED : SIDE_BY_SIDE };
}

/** A PEFT adapter, converted to ramble's settings and parameters. */
export interface PeftAdapter {
  readonly settings: AdapterSettings;
  /** The values of all parameters of the adapters by ramble's names. */
  readonly values: ReadonlyMap<string, Float32Array>;
}

/** A linear layer with an adapter in a file of PEFT. */
export interface PeftModule extends ModulePlace {
  readonly name: string;
  /** Names of the layer's tensors in the file, in the order of `PeftKind.tensors`. */
  readonly tensors: readonly string[];
}

/** One kind of adapter (such as LoRA), as PEFT saves it. */
export interface PeftKind {
  /** Name of the kind in adapter_config.json, `peft_type`. */
  readonly type: string;
  /** Names of the tensors of a linear layer, after the name of the layer: `lora_A.weight`. */
  readonly tensors: readonly string[];
  /**
   * Checks an adapter_config.json, and returns a function that reads the tensors.
   *
   * @throws TypeError or RangeError that names a field that ramble cannot represent.
   */
  reader(
    config: JsonObject,
  ): (
    file: Safetensors,
    modules: readonly PeftModule[],
    model: ModelConfig,
  ) => Promise<PeftAdapter>;
  /** Returns the adapter_config.json of adapters, and their tensors, whose names begin with the name of the layer. */
  write(
    description: AdapterDescription,
    read: ReadParameter,
  ): Promise<{ readonly config: JsonObject; readonly tensors: readonly TensorToWrite[] }>;
}

/**
 * Reads a tensor of an adapter.
 *
 * @throws RangeError that names the file, if the tensor has another shape.
 */
export function readShaped(
  file: Safetensors,
  name: string,
  shape: readonly number[],
): Promise<Float32Array> {
  const got = file.tensors.get(name)?.shape.join();
  if (got === shape.join()) return readFloats(file, name);
  throw new RangeError(
    `${file.name}: expected ${name} of shape [${shape.join()}], got [${got}]; the adapter is for another model`,
  );
}
