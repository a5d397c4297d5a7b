import { type Model, type ModelConfig, trainingConfig } from '@ramble/core';
import { type ByteSink, formatJson, named } from '@ramble/core/files';
import { adaptModel, loraOf, type LoraSettings, type LoraTarget } from '@ramble/core/model';

import { type FloatDtype, readFloats } from '../safetensors/float-codecs.js';
import { openSafetensors, type Safetensors } from '../safetensors/open-safetensors.js';
import { writeSafetensors } from '../safetensors/write-safetensors.js';
import { readJson, withFile } from '../storage/run-storage.js';
import { finiteTensors } from '../weights/check-tensors.js';
import {
  type AdapterDescription,
  loraModules,
  modulePlace,
  type ModulePlace,
  type ReadParameter,
} from './lora-modules.js';
import type { FolderReader } from './open-shards.js';
import { fromPeftConfig, toPeftConfig } from './peft-config.js';

const CONFIG = 'adapter_config.json';
const WEIGHTS = 'adapter_model.safetensors';
const PREFIX = 'base_model.model.';

/** An adapter of PEFT in ramble's form. */
export interface PeftAdapter {
  readonly settings: LoraSettings;
  /** The values of all parameters of the adapters by ramble's names. */
  readonly values: ReadonlyMap<string, Float32Array>;
}

/**
 * Reads a folder that PEFT saved. Adapters of a lower rank than others are filled up with zeros, and so are layers
 * without one; factors that differ from the largest are multiplied into B. The function of the model is PEFT's.
 *
 * @param model - Config of the base model.
 * @throws Error, TypeError or RangeError that names the file, and the field or the tensor, if a file is missing or is
 *   not plain LoRA on linear layers of the model.
 */
export async function openPeftAdapter(
  folder: FolderReader,
  model: ModelConfig,
): Promise<PeftAdapter> {
  const names = await folder.list('');
  if (!names.includes(WEIGHTS)) {
    const old = names.find((name) => name === 'adapter_model.bin');
    const hint = old
      ? `${old}, which can hold code and is not read: save it anew with PEFT's save_pretrained`
      : 'none';
    throw new Error(`${folder.name}: expected ${WEIGHTS}, got ${hint}`);
  }
  const json = await readJson(folder, CONFIG);
  const { dropout, scaleOf } = named(`${folder.name}/${CONFIG}`, () => fromPeftConfig(json));
  return withFile(folder, WEIGHTS, async (source) => {
    const file = finiteTensors(await openSafetensors(source));
    const modules = named(file.name, () => modulesOf(file, model));
    const scales = modules.map(({ name, rank }) => scaleOf(name, rank));
    const scale = Math.max(...scales) || 1; // all are 0 if the largest is
    const loraRank = Math.max(...modules.map(({ rank }) => rank));
    const targets = [...new Set(modules.map(({ target }) => target))];
    const settings = named(file.name, () =>
      trainingConfig({
        loraRank,
        loraAlpha: Math.max(...scales) * loraRank,
        loraTargets: targets.join() as LoraTarget, // one or more, with commas
        loraDropout: dropout,
      }),
    );
    const values = await valuesOf(file, modules, {
      model,
      settings,
      factors: scales.map((each) => each / scale),
    });
    const { loraAlpha, loraTargets, loraDropout } = settings;
    return { settings: { loraRank, loraAlpha, loraTargets, loraDropout }, values };
  });
}

/** A linear layer with an adapter in a file of PEFT. */
interface FileModule extends ModulePlace {
  readonly name: string;
  readonly rank: number;
  /** The names of the tensors A, `[rank, in]`, and B, `[out, rank]`. */
  readonly tensors: Readonly<Record<'A' | 'B', string>>;
}

/**
 * Returns the adapted layers of a file.
 *
 * @throws RangeError that names a tensor that is not A or B of a linear layer of the model.
 */
function modulesOf({ tensors }: Safetensors, model: ModelConfig): FileModule[] {
  const modules = new Map<string, FileModule>();
  for (const name of tensors.keys()) {
    const match = /^base_model\.model\.(.+)\.lora_([AB])\.weight$/.exec(name);
    if (!match) {
      throw new RangeError(
        `expected tensors ${PREFIX}… lora_A.weight and lora_B.weight of linear layers, got ${name}`,
      );
    }
    const [, module, letter] = match;
    const other = `${PREFIX}${module}.lora_${letter === 'A' ? 'B' : 'A'}.weight`;
    if (!tensors.has(other)) throw new RangeError(`${name}: the tensor ${other} is missing`);
    const [A, B] = ['A', 'B'].map((each) => `${PREFIX}${module}.lora_${each}.weight`);
    const shape = tensors.get(A)?.shape ?? [];
    const rank = shape.at(0) ?? 0;
    if (rank === 0)
      throw new RangeError(`expected ${A} of shape [rank, in], got [${shape.join()}]`);
    const place = modulePlace(model, module);
    const key = `${place.block} ${place.target}`;
    const twin = modules.get(key)?.name ?? module;
    if (twin !== module) throw new RangeError(`expected ${twin} or ${module}, got both`);
    modules.set(key, { name: module, rank, tensors: { A, B }, ...place });
  }
  if (modules.size > 0) return [...modules.values()];
  throw new RangeError('the file has no tensors; train the adapter and save it anew');
}

interface Placing {
  readonly model: ModelConfig;
  readonly settings: LoraSettings;
  /** Factor of B for each module. */
  readonly factors: readonly number[];
}

/** Reads the tensors of a file into the parameters of ramble's adapters. */
async function valuesOf(
  file: Safetensors,
  modules: readonly FileModule[],
  { model, settings, factors }: Placing,
): Promise<PeftAdapter['values']> {
  const lora = loraOf(model, settings);
  const layers = [...(lora?.layers.values() ?? [])];
  const values = new Map(
    lora?.specs.map(({ name, shape }) => [name, new Float32Array(shape[0] * shape[1])]),
  );
  for (const [m, { name, block, target, rank, tensors }] of modules.entries()) {
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
    const a = await readMatrix(file, tensors.A, [rank, layer.inDim]);
    const b = await readMatrix(file, tensors.B, [width, rank]);
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

function readMatrix(
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

/**
 * Reads a folder that PEFT saved, as `openPeftAdapter`, and returns the model with these adapters.
 *
 * @throws as `openPeftAdapter` and `adaptModel`.
 */
export async function readPeftAdapter(folder: FolderReader, model: Model): Promise<Model> {
  const { settings, values } = await openPeftAdapter(folder, model.config);
  const adapted = adaptModel(model, settings);
  for (const [name, each] of values) adapted.parameters.write(name, each);
  return adapted;
}

/**
 * Returns writers for adapters as a folder that PEFT loads over the Hugging Face form of the base model, by file name:
 * `adapter_config.json` and `adapter_model.safetensors`. Parts of a fused matrix become one adapter of their ranks
 * together, by `rank_pattern` and `alpha_pattern`.
 *
 * @param read - `model.parameters.read`, or `read` of a run's model.safetensors.
 * @throws RangeError if Hugging Face has no family with all settings of the model.
 */
export async function peftFiles(
  description: AdapterDescription,
  read: ReadParameter,
  { dtype = 'F32' }: { readonly dtype?: FloatDtype } = {},
): Promise<Record<string, (sink: ByteSink) => Promise<void>>> {
  const { modules } = await loraModules(description, read);
  const { nLayer, norm } = description.model;
  const isTransposed = norm === 'layer'; // in GPT-2's class
  const config = toPeftConfig(modules, description.training, { nLayer, isTransposed });
  const tensors = modules.flatMap(({ name, rank, inDim, outDim, a, b }) => [
    { name: `${PREFIX}${name}.lora_A.weight`, shape: [rank, inDim], values: () => a },
    { name: `${PREFIX}${name}.lora_B.weight`, shape: [outDim, rank], values: () => b },
  ]);
  return {
    [CONFIG]: (sink) => sink.write(new TextEncoder().encode(formatJson(config))),
    [WEIGHTS]: (sink) => writeSafetensors(sink, tensors, { dtype, metadata: { format: 'pt' } }),
  };
}
