import type { Model, ModelConfig } from '@ramble/core';

import { checkTied, type Safetensors } from '../safetensors/open-safetensors.js';
import type { TensorEntry } from '../safetensors/safetensors-header.js';
import { loadModel, type WeightOptions } from '../weights/load-model.js';

/** Parameter names in ramble and in Hugging Face's GPT-2. In a block, they follow `blocks.N.` and `h.N.`. */
const NAMES = Object.entries({
  ...{ 'tokenEmbedding.weight': 'wte.weight', 'positionEmbedding.weight': 'wpe.weight' },
  ...{ 'norm1.gain': 'ln_1.weight', 'norm1.bias': 'ln_1.bias' },
  ...{ 'norm2.gain': 'ln_2.weight', 'norm2.bias': 'ln_2.bias' },
  ...{ 'attention.qkv.weight': 'attn.c_attn.weight', 'attention.qkv.bias': 'attn.c_attn.bias' },
  ...{ 'attention.proj.weight': 'attn.c_proj.weight', 'attention.proj.bias': 'attn.c_proj.bias' },
  ...{ 'mlp.up.weight': 'mlp.c_fc.weight', 'mlp.up.bias': 'mlp.c_fc.bias' },
  ...{ 'mlp.down.weight': 'mlp.c_proj.weight', 'mlp.down.bias': 'mlp.c_proj.bias' },
  ...{ 'finalNorm.gain': 'ln_f.weight', 'finalNorm.bias': 'ln_f.bias' },
});

/** The output projection, unless it is the token embedding. Its name does not begin with `transformer.`. */
const HEAD = { ownName: 'head.weight', source: 'lm_head.weight' } as const;

/**
 * Converts ramble's name of a parameter to Hugging Face's: `blocks.0.attention.qkv.weight` becomes
 * `transformer.h.0.attn.c_attn.weight`. Shapes are the same: GPT-2 stores weights as `[in, out]` too.
 *
 * @throws RangeError if GPT-2 has no such parameter.
 */
export function toGpt2Name(name: string): string {
  if (name === HEAD.ownName) return HEAD.source;
  const { block, rest } = split(name, 'blocks');
  const pair = NAMES.find(([ownName]) => ownName === rest);
  if (!pair) throw new RangeError(`${name}: expected a parameter of GPT-2, got one that it lacks`);
  return `transformer.${block === undefined ? '' : `h.${block}.`}${pair[1]}`;
}

/**
 * Converts Hugging Face's name of a parameter to ramble's, with or without the prefix
 * `transformer.`.
 *
 * @returns `undefined` for a name that is not GPT-2's.
 */
export function fromGpt2Name(name: string): string | undefined {
  if (name === HEAD.source) return HEAD.ownName;
  const { block, rest } = split(name.replace(/^transformer\./, ''), 'h');
  const pair = NAMES.find(([, source]) => source === rest);
  return pair && `${block === undefined ? '' : `blocks.${block}.`}${pair[0]}`;
}

function split(name: string, prefix: string): { block?: string; rest: string } {
  const match = new RegExp(`^${prefix}\\.(\\d+)\\.(.*)$`).exec(name);
  return match ? { block: match[1], rest: match[2] } : { rest: name };
}

/** The causal mask and its fill value, which some files contain in addition to the parameters. */
const BUFFER = /^(transformer\.)?h\.\d+\.attn\.(bias|masked_bias)$/;
const EMBEDDING = 'tokenEmbedding.weight';

/**
 * A Hugging Face GPT-2 file under ramble's names. Mask buffers are left out. If the output projection is tied
 * and the file contains two copies, one is left out; if it contains only the projection, that is the token
 * embedding. Tensors that GPT-2 does not have keep their names.
 *
 * @throws RangeError that names file and tensor, if a tensor has two names or a tied output projection
 *   differs from the token embedding.
 */
export async function renameGpt2(
  file: Safetensors,
  { tiedHead }: Pick<ModelConfig, 'tiedHead'>,
): Promise<Safetensors> {
  const tensors = new Map<string, TensorEntry>();
  for (const [source, entry] of file.tensors) {
    if ((source === HEAD.source && tiedHead) || BUFFER.test(source)) continue;
    const ownName = fromGpt2Name(source) ?? source;
    const other = tensors.get(ownName);
    if (other) throw new RangeError(`${file.name}: expected ${other.name} or ${source}, got both`);
    tensors.set(ownName, entry);
  }
  const head = tiedHead ? file.tensors.get(HEAD.source) : undefined;
  const embedding = tensors.get(EMBEDDING);
  if (head && !embedding) tensors.set(EMBEDDING, head);
  if (head && embedding) await checkTied(file, HEAD.source, embedding.name);
  const source = (ownName: string): string => tensors.get(ownName)?.name ?? ownName;
  return {
    ...file,
    tensors,
    read: (ownName) => file.read(source(ownName)),
    bytes: (ownName) => file.bytes(source(ownName)),
  };
}

/**
 * Loads a model from a Hugging Face GPT-2 file.
 *
 * @throws RangeError that names file and tensor, if the file does not match the settings.
 */
export async function loadGpt2(
  file: Safetensors,
  config: ModelConfig,
  options?: WeightOptions,
): Promise<Model> {
  return loadModel(await renameGpt2(file, config), config, options);
}
