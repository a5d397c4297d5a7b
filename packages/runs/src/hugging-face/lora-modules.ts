import { type ModelConfig, trainingConfig } from '@ramble/core';
import { type JsonObject, named } from '@ramble/core/files';
import {
  type AdapterLayer,
  adapterKindOf,
  type AdapterPart,
  adaptersOf,
  type AdapterTarget,
  type LoraSettings,
} from '@ramble/core/model';

import type { Safetensors } from '../safetensors/open-safetensors.js';
import {
  type AdapterDescription,
  type FamilyModule,
  familyModules,
  type PeftAdapter,
  type PeftKind,
  type PeftModule,
  type ReadParameter,
  readShaped,
  readSized,
} from './adapter-modules.js';
import { fromPeftConfig, type PeftConfig, toPeftConfig } from './peft-config.js';

/** The LoRA adapter (A and B) of one linear layer, in the layout of PEFT and llama.cpp. */
interface LoraModule extends Pick<FamilyModule, 'name' | 'nameInBlock'> {
  /**
   * Rank of this layer's adapter. It may differ from the settings' rank; the scale of all adapters is
   * `LoraModules.scale`.
   */
  readonly rank: number;
  readonly inDim: number;
  readonly outDim: number;
  /** Matrix A, `[rank, in]`. */
  readonly a: Float32Array;
  /** Matrix B, `[out, rank]`. */
  readonly b: Float32Array;
}

/** All adapters of a model, one for each adapted linear layer of the Hugging Face model. */
export interface LoraModules {
  /** The model's config.json. */
  readonly json: JsonObject;
  /** Factor of the product of A and B, the same for all modules. */
  readonly scale: number;
  readonly modules: readonly LoraModule[];
}

/**
 * Converts adapters to the linear layers of the Hugging Face model. If the adapters of different matrices fall into
 * one fused matrix, they become one adapter whose rank is the sum of theirs. If one adapter covers several matrices,
 * each gets a copy. A row of A and the corresponding column of B are left out if both are zero.
 *
 * @throws RangeError if Hugging Face has no family with all settings of the model, or there are no adapters.
 */
export async function loraModules(
  { model, training }: AdapterDescription,
  read: ReadParameter,
): Promise<LoraModules> {
  const { json, modules: families } = familyModules(model);
  const { name: kind } = adapterKindOf(training) ?? {};
  const { layers, lowRank } = adaptersOf(model, training) ?? {};
  if (!layers) throw new RangeError('loraRank: expected adapters to be written, got 0');
  if (!lowRank) throw new RangeError(`adapters: expected LoRA, got ${kind}; merge them first`);
  const modules: LoraModule[] = [];
  let scale = 0;
  for (const layer of layers.values()) {
    const term = lowRank(layer);
    ({ scale } = term);
    const values = {
      down: await readSized(read, `${term.down}.weight`, layer.inDim * term.rank),
      up: await readSized(read, `${term.up}.weight`, term.rank * layer.outDim),
    };
    for (const { name, nameInBlock, ...place } of families.get(layer.name) ?? []) {
      const module = matricesOf(layer, place, term.rank / layer.parts.length, values);
      if (module.rank > 0) modules.push({ name, nameInBlock, ...module });
    }
  }
  if (modules.length > 0) return { json, scale, modules };
  throw new RangeError('adapters: expected numbers other than 0, got only zeros');
}

/** Returns A and B for those output columns of a layer that form one matrix of Hugging Face (`place`). */
function matricesOf(
  { inDim, outDim, parts }: AdapterLayer,
  place: AdapterPart,
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

/** Reader and writer of LoRA adapters in PEFT's files. */
export const LORA_FILES: PeftKind = {
  type: 'LORA',
  tensors: ['lora_A.weight', 'lora_B.weight'],
  reader: (json) => {
    const config = fromPeftConfig(json);
    return (file, modules, model) => readModules(file, modules, model, config);
  },
  write: async (description, read) => {
    const { modules } = await loraModules(description, read);
    const { nLayer, norm } = description.model;
    const isTransposed = norm === 'layer'; // in GPT-2's class
    const config = toPeftConfig(modules, description.training, { nLayer, isTransposed });
    const tensors = modules.flatMap(({ name, rank, inDim, outDim, a, b }) => [
      { name: `${name}.lora_A.weight`, shape: [rank, inDim], values: () => a },
      { name: `${name}.lora_B.weight`, shape: [outDim, rank], values: () => b },
    ]);
    return { config, tensors };
  },
};

async function readModules(
  file: Safetensors,
  modules: readonly PeftModule[],
  model: ModelConfig,
  { dropout, scaleOf }: PeftConfig,
): Promise<PeftAdapter> {
  const ranks = named(file.name, () => modules.map(({ tensors: [A] }) => rankOf(file, A)));
  const scales = modules.map(({ name }, m) => scaleOf(name, ranks[m]));
  const scale = Math.max(...scales) || 1; // all are 0 if the largest is
  const loraRank = Math.max(...ranks);
  const targets = [...new Set(modules.map(({ target }) => target))];
  const settings = named(file.name, () =>
    trainingConfig({
      loraRank,
      loraAlpha: Math.max(...scales) * loraRank,
      loraTargets: targets.join() as AdapterTarget, // one or more, with commas
      loraDropout: dropout,
    }),
  );
  const factors = scales.map((each) => each / scale);
  const values = await valuesOf(file, modules, { model, settings, ranks, factors });
  const { loraAlpha, loraTargets, loraDropout } = settings;
  return { settings: { loraRank, loraAlpha, loraTargets, loraDropout }, values };
}

function rankOf({ tensors }: Safetensors, A: string): number {
  const shape = tensors.get(A)?.shape ?? [];
  const [rank = 0] = shape;
  if (rank > 0) return rank;
  throw new RangeError(`expected ${A} of shape [rank, in], got [${shape.join()}]`);
}

interface Placing {
  readonly model: ModelConfig;
  readonly settings: LoraSettings;
  /** Rank of each module in the file. */
  readonly ranks: readonly number[];
  /** Factor by which B of each module is multiplied. */
  readonly factors: readonly number[];
}

/** Reads the tensors of a file, and arranges them as the parameters of ramble's adapters. */
async function valuesOf(
  file: Safetensors,
  modules: readonly PeftModule[],
  { model, settings, ranks, factors }: Placing,
): Promise<PeftAdapter['values']> {
  const lora = adaptersOf(model, settings);
  const layers = [...(lora?.layers.values() ?? [])];
  const values = new Map(
    lora?.specs.map(({ name, shape }) => [name, new Float32Array(shape[0] * shape[1])]),
  );
  for (const [m, { name, block, target, tensors }] of modules.entries()) {
    const rank = ranks[m];
    const layer = layers.find(
      (each) => each.block === block && each.parts.some((part) => part.target === target),
    );
    if (!layer) {
      throw new RangeError(
        `${file.name}: expected adapters of a fused matrix or of its parts, got both: ${name}`,
      );
    }
    const p = layer.parts.findIndex((part) => part.target === target);
    const { from, width } = layer.parts[p];
    const columns = layer.parts.length * settings.loraRank;
    const a = await readShaped(file, tensors[0], [rank, layer.inDim]);
    const b = await readShaped(file, tensors[1], [width, rank]);
    const down = values.get(`${layer.name}.lora.down.weight`) as Float32Array; // a parameter of the layer
    const up = values.get(`${layer.name}.lora.up.weight`) as Float32Array;
    for (let r = 0; r < rank; r++) {
      const row = p * settings.loraRank + r;
      for (let i = 0; i < layer.inDim; i++) down[i * columns + row] = a[r * layer.inDim + i];
      for (let o = 0; o < width; o++) {
        up[row * layer.outDim + from + o] = factors[m] * b[o * rank + r];
      }
    }
  }
  return values;
}
