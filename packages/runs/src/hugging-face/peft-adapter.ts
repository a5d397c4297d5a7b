import type { Model, ModelConfig } from '@ramble/core';
import { type ByteSink, formatJson, type JsonObject, named, shownValue } from '@ramble/core/files';
import { adapterKindOf, type AdapterName, adaptModel } from '@ramble/core/model';

import type { FloatDtype } from '../safetensors/float-codecs.js';
import { openSafetensors, type Safetensors } from '../safetensors/open-safetensors.js';
import { writeSafetensors } from '../safetensors/write-safetensors.js';
import { readJson, withFile } from '../storage/run-storage.js';
import { finiteTensors } from '../weights/check-tensors.js';
import {
  type AdapterDescription,
  modulePlace,
  type PeftAdapter,
  type PeftKind,
  type PeftModule,
  type ReadParameter,
} from './adapter-modules.js';
import { LORA_FILES } from './lora-modules.js';
import type { FolderReader } from './open-shards.js';

const CONFIG = 'adapter_config.json';
const WEIGHTS = 'adapter_model.safetensors';
const PREFIX = 'base_model.model.';

/** The kinds of adapters in the files of PEFT. */
const PEFT_KINDS: Readonly<Record<AdapterName, PeftKind>> = { LoRA: LORA_FILES };

/**
 * Reads a folder that PEFT saved. Ramble's adapters have one rank and one scale for all layers. Therefore adapters of a
 * lower rank, and layers without one, are padded with zeros, and B is multiplied by the adapter's scale over the
 * largest scale. The model computes the same as in PEFT.
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
  const { kind, read } = named(`${folder.name}/${CONFIG}`, () => {
    const found = kindOf(json);
    return { kind: found, read: found.reader(json) };
  });
  return withFile(folder, WEIGHTS, async (source) => {
    const file = finiteTensors(await openSafetensors(source));
    const modules = named(file.name, () => modulesOf(file, model, kind.tensors));
    return read(file, modules, model);
  });
}

function kindOf(json: JsonObject): PeftKind {
  const kinds = Object.values(PEFT_KINDS);
  const found = kinds.find(({ type }) => type === json.peft_type);
  if (found) return found;
  const names = kinds.map(({ type }) => shownValue(type)).join(' or ');
  const got = 'peft_type' in json ? shownValue(json.peft_type) : 'none';
  throw new RangeError(`peft_type: expected ${names}, got ${got}`);
}

/**
 * Returns the linear layers that have an adapter in a file.
 *
 * @param own - Names of a layer's tensors, after the layer's name, such as `lora_A.weight`.
 * @throws RangeError that names a tensor that does not belong to a linear layer of the model.
 */
function modulesOf(
  { tensors }: Safetensors,
  model: ModelConfig,
  own: readonly string[],
): PeftModule[] {
  const modules = new Map<string, PeftModule>();
  for (const name of tensors.keys()) {
    const suffix = own.find((each) => name.endsWith(`.${each}`));
    if (suffix === undefined || !name.startsWith(PREFIX)) {
      throw new RangeError(
        `expected tensors ${PREFIX}… ${own.join(' and ')} of linear layers, got ${name}`,
      );
    }
    const module = name.slice(PREFIX.length, -suffix.length - 1);
    const all = own.map((each) => `${PREFIX}${module}.${each}`);
    const missing = all.find((each) => !tensors.has(each));
    if (missing) throw new RangeError(`${name}: the tensor ${missing} is missing`);
    const place = modulePlace(model, module);
    const key = `${place.block} ${place.target}`;
    const twin = modules.get(key)?.name ?? module;
    if (twin !== module) throw new RangeError(`expected ${twin} or ${module}, got both`);
    modules.set(key, { name: module, tensors: all, ...place });
  }
  if (modules.size > 0) return [...modules.values()];
  throw new RangeError('the file has no tensors; train the adapter and save it anew');
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
 * `adapter_config.json` and `adapter_model.safetensors`. If the adapters of different matrices fall into one fused
 * matrix, they become one adapter whose rank is the sum of theirs, by `rank_pattern` and `alpha_pattern`.
 *
 * @param read - `model.parameters.read`, or `read` of a run's model.safetensors.
 * @throws RangeError if Hugging Face has no family with all settings of the model.
 */
export async function peftFiles(
  description: AdapterDescription,
  read: ReadParameter,
  { dtype = 'F32' }: { readonly dtype?: FloatDtype } = {},
): Promise<Record<string, (sink: ByteSink) => Promise<void>>> {
  const { name } = adapterKindOf(description.training) ?? {};
  if (!name) throw new RangeError('loraRank: expected adapters to be written, got 0');
  const { config, tensors: own } = await PEFT_KINDS[name].write(description, read);
  const tensors = own.map((tensor) => ({ ...tensor, name: `${PREFIX}${tensor.name}` }));
  return {
    [CONFIG]: (sink) => sink.write(new TextEncoder().encode(formatJson(config))),
    [WEIGHTS]: (sink) => writeSafetensors(sink, tensors, { dtype, metadata: { format: 'pt' } }),
  };
}
