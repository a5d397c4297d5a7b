import type { ModelConfig } from '@ramble/core';
import type { JsonObject } from '@ramble/core/files';
import {
  type LoraLayer,
  loraOf,
  type LoraPart,
  type LoraSettings,
  type LoraTarget,
} from '@ramble/core/model';

import { toGpt2Config } from './gpt2.js';
import { FAMILIES, type Family } from './llama/families.js';
import { toLlamaConfig } from './llama/to-llama-config.js';

/** Path of the blocks in Hugging Face's models, and the names of their linear layers by target. */
interface ModuleNames {
  readonly blocks: string;
  readonly names: Readonly<Partial<Record<LoraTarget, string>>>;
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
/** Targets that are the linear layers of GPT-2, of families with fused matrices, and of the others. */
const GPT2_LAYERS = 'qkv,o,up,down';
const FUSED = 'qkv,o,gate-up,down';
const SIDE_BY_SIDE = 'q,k,v,o,gate,up,down';

function namesOf({ norm }: Pick<ModelConfig, 'norm'>): ModuleNames {
  return norm === 'layer' ? GPT2 : LLAMA;
}

/** A linear layer of a model, by its block and the columns of its output. */
export interface ModulePlace {
  readonly block: number;
  readonly target: LoraTarget;
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
    return { block: Number(block), target: pair[0] as LoraTarget }; // a key of the names
  }
  throw new RangeError(
    `${name}: expected one of ${Object.values(names).join(', ')} in ${blocks}.0 to ${blocks}.${model.nLayer - 1}, got a module that adapters of ramble lack`,
  );
}

/** A model's config, and the settings of its adapters; the description of a run is one. */
export interface AdapterDescription {
  readonly model: ModelConfig;
  readonly training: LoraSettings;
}

/** Returns the values of a parameter by ramble's name: `model.parameters.read`, or `read` of a run's file. */
export type ReadParameter = (name: string) => Float32Array | Promise<Float32Array>;

/** The adapter of one linear layer as PEFT and llama.cpp store it. */
export interface LoraModule {
  /** Hugging Face's name: `model.layers.0.self_attn.q_proj`. */
  readonly name: string;
  /** The name after the block's number: `self_attn.q_proj`. */
  readonly nameInBlock: string;
  /** Number of rows of A that are used; the factor of the product is that of all adapters. */
  readonly rank: number;
  readonly inDim: number;
  readonly outDim: number;
  /** Matrix A, `[rank, in]`. */
  readonly a: Float32Array;
  /** Matrix B, `[out, rank]`. */
  readonly b: Float32Array;
}

/** The adapters of a model by the linear layers of the Hugging Face model. */
export interface LoraModules {
  /** The model's config.json. */
  readonly json: JsonObject;
  /** Factor of the product of A and B. */
  readonly scale: number;
  readonly modules: readonly LoraModule[];
}

/**
 * Converts adapters to the linear layers of the Hugging Face model. Parts that share a fused matrix become one adapter
 * of their ranks together, and an adapter that some matrices share becomes one for each. Pairs of a column of A and a
 * row of B that are both zero are left out.
 *
 * @throws RangeError if Hugging Face has no family with all settings of the model, or there are no adapters.
 */
export async function loraModules(
  { model, training }: AdapterDescription,
  read: ReadParameter,
): Promise<LoraModules> {
  const { json, targets } = familyOf(model);
  const lora = loraOf(model, training);
  const whole = loraOf(model, { ...training, loraTargets: targets as LoraTarget });
  if (!lora || !whole) throw new RangeError('loraRank: expected adapters to be written, got 0');
  const { blocks, names } = namesOf(model);
  const modules: LoraModule[] = [];
  for (const layer of lora.layers.values()) {
    const columns = layer.parts.length * training.loraRank;
    const values = {
      down: await readSized(read, `${layer.name}.lora.down.weight`, layer.inDim * columns),
      up: await readSized(read, `${layer.name}.lora.up.weight`, columns * layer.outDim),
    };
    for (const place of whole.layers.get(layer.name)?.parts ?? []) {
      const nameInBlock = names[place.target] ?? place.target; // families have names for their targets
      const name = `${blocks}.${layer.block}.${nameInBlock}`;
      const module = matricesOf(layer, place, training.loraRank, values);
      if (module.rank > 0) modules.push({ name, nameInBlock, ...module });
    }
  }
  if (modules.length > 0) return { json, scale: lora.scale, modules };
  throw new RangeError('adapters: expected numbers other than 0, got only zeros');
}

async function readSized(read: ReadParameter, name: string, size: number): Promise<Float32Array> {
  const values = await read(name);
  if (values.length === size) return values;
  throw new RangeError(`${name}: expected ${size} numbers, got ${values.length}`);
}

/** Returns the config.json of a model, and targets that are its linear layers. */
function familyOf(model: ModelConfig): { readonly json: JsonObject; readonly targets: string } {
  if (model.norm === 'layer') return { json: toGpt2Config(model, 0), targets: GPT2_LAYERS };
  const { name, json } = toLlamaConfig(model);
  const { isFused }: Family = FAMILIES[name];
  return { json, targets: isFused ? FUSED : SIDE_BY_SIDE };
}

/** Returns A and B of the columns of a layer's output that are a matrix of Hugging Face. */
function matricesOf(
  { inDim, outDim, parts }: LoraLayer,
  place: LoraPart,
  rank: number,
  { down, up }: Readonly<Record<'down' | 'up', Float32Array>>,
): Omit<LoraModule, 'name' | 'nameInBlock'> {
  const columns = parts.length * rank;
  const pairs = parts.flatMap((part, p) => {
    const [from, end] = [
      Math.max(part.from, place.from),
      Math.min(part.from + part.width, place.from + place.width),
    ];
    if (from >= end) return [];
    return Array.from({ length: rank }, (_, r) => {
      const row = p * rank + r;
      return {
        offset: from - place.from,
        inputs: Float32Array.from({ length: inDim }, (_, i) => down[i * columns + row]),
        outputs: up.subarray(row * outDim + from, row * outDim + end),
      };
    });
  });
  const used = pairs.filter(({ inputs, outputs }) =>
    [inputs, outputs].some((each) => each.some((value) => value !== 0)),
  );
  const a = new Float32Array(used.length * inDim);
  const b = new Float32Array(place.width * used.length);
  for (const [r, { inputs, outputs, offset }] of used.entries()) {
    a.set(inputs, r * inDim);
    for (const [o, value] of outputs.entries()) b[(offset + o) * used.length + r] = value;
  }
  return { rank: used.length, inDim, outDim: place.width, a, b };
}
