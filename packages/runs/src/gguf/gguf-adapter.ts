import type { ByteSink } from '@ramble/core/files';

import type { AdapterDescription, ReadParameter } from '../hugging-face/adapter-modules.js';
import { loraModules } from '../hugging-face/lora-modules.js';
import { bytesOf } from '../safetensors/float-codecs.js';
import type { TypedValue } from './format/metadata.js';
import { writeGguf } from './format/write-gguf.js';
import { type Architecture, ARCHITECTURES, toGgufName } from './model/architectures.js';
import { architectureOf, ggufTensor } from './model/gguf-metadata.js';

/** Name of an adapter in a GGUF file, and the type of its matrices. */
export interface GgufAdapterOptions {
  /** Name of the adapter (`general.name`). */
  readonly name: string;
  readonly type: 'F32' | 'F16';
}

/**
 * Writes LoRA adapters as a GGUF file, which llama.cpp loads over a GGUF file of the base model. llama.cpp scales the
 * product of each pair (A, B) by the file's alpha over that pair's rank. If this is not the right scale, as for a pair
 * whose rank differs from the settings', B is multiplied by the remaining factor.
 *
 * @param read - `model.parameters.read`, or `read` of a run's model.safetensors.
 * @throws RangeError if llama.cpp does not support the model.
 * @see llama.cpp convert_lora_to_gguf.py; src/llama-adapter.h for the factor
 */
export async function writeGgufAdapter(
  sink: ByteSink,
  description: AdapterDescription,
  read: ReadParameter,
  { name, type }: GgufAdapterOptions,
): Promise<void> {
  const { json, scale, modules } = await loraModules(description, read);
  const architecture = architectureOf(json);
  const kind: Architecture = ARCHITECTURES[architecture];
  const { loraRank, loraAlpha } = description.training;
  const alpha = loraAlpha || loraRank; // with 0, llama.cpp would not multiply at all
  const { headDim } = description.model;
  // B has the order of the base's outputs, and A that of its inputs, which is Hugging Face's.
  const a = { ...kind, hasPairedHeads: false, isTransposed: false };
  const b = { ...kind, isTransposed: false };
  const tensors = modules.flatMap((module) => {
    const { rank, inDim, outDim } = module;
    const factor = (scale * rank) / alpha;
    const scaled = factor === 1 ? module.b : module.b.map((value) => factor * value);
    const base = `${module.name}.weight`;
    const as = (suffix: string, own: Architecture, shape: number[], values: Float32Array) => {
      const tensor = { name: base, dtype: 'F32', shape, bytes: () => [bytesOf(values)] } as const;
      return {
        ...ggufTensor(tensor, own, { type, headDim }),
        name: `${toGgufName(kind, base)}.${suffix}`,
      };
    };
    return [as('lora_a', a, [rank, inDim], module.a), as('lora_b', b, [outDim, rank], scaled)];
  });
  const text = (value: string): TypedValue => ({ type: 'string', value });
  const metadata = new Map<string, TypedValue>([
    ['general.architecture', text(architecture)],
    ['general.type', text('adapter')],
    ['general.name', text(name)],
    ['adapter.type', text('lora')],
    ['adapter.lora.alpha', { type: 'float32', value: alpha }],
  ]);
  await writeGguf(sink, metadata, tensors);
}
