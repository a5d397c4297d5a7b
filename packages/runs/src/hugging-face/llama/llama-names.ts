import type { ModelConfig } from '@ramble/core';
import { type ParameterSpec, sizeOf } from '@ramble/core/engine';
import { named } from '@ramble/core/files';

import { convertTensor, type EncodedTensor } from '../../safetensors/write-safetensors.js';
import { FLOAT_CODECS, type FloatDtype } from '../../safetensors/float-codecs.js';
import type { Safetensors } from '../../safetensors/open-safetensors.js';
import type { Family } from './families.js';

/** Recipe by which a parameter of ramble is made from tensors of a Hugging Face file. */
export interface Recipe {
  /** Names of the source tensors in the Hugging Face file, in the order of the parameter's columns. */
  readonly sources: readonly string[];
  /** Whether the sources are matrices `[out, in]`, whose transposes are concatenated along the columns. */
  readonly isTransposed: boolean;
  /** Number that is added to each stored number: 1 for gains that the file stores minus 1, else 0. */
  readonly plus: 0 | 1;
}

const SIDE_BY_SIDE: Readonly<Record<string, readonly string[]>> = {
  'attention.qkv': ['self_attn.q_proj', 'self_attn.k_proj', 'self_attn.v_proj'],
  'attention.proj': ['self_attn.o_proj'],
  'mlp.up': ['mlp.gate_proj', 'mlp.up_proj'],
  'mlp.down': ['mlp.down_proj'],
};
const FUSED: Readonly<Record<string, readonly string[]>> = {
  ...SIDE_BY_SIDE,
  'attention.qkv': ['self_attn.qkv_proj'],
  'mlp.up': ['mlp.gate_up_proj'],
};
/** Names of a block's norms, by their place: before each sublayer, after it, or both. */
const NORMS: Readonly<Record<ModelConfig['normPlace'], Readonly<Record<string, string>>>> = {
  before: { norm1: 'input_layernorm', norm2: 'post_attention_layernorm' },
  after: { norm1Out: 'post_attention_layernorm', norm2Out: 'post_feedforward_layernorm' },
  around: {
    norm1: 'input_layernorm',
    norm1Out: 'post_attention_layernorm',
    norm2: 'pre_feedforward_layernorm',
    norm2Out: 'post_feedforward_layernorm',
  },
};
const HEAD_NORMS: Readonly<Record<string, string>> = {
  'attention.queryNorm': 'self_attn.q_norm',
  'attention.keyNorm': 'self_attn.k_norm',
};
/** Hugging Face's names of the parameters outside of blocks. Their matrices are not transposed. */
const OUTSIDE: Readonly<Record<string, string>> = {
  'tokenEmbedding.weight': 'model.embed_tokens.weight',
  'finalNorm.gain': 'model.norm.weight',
  'head.weight': 'lm_head.weight',
};

/**
 * Returns the recipe that makes a parameter of ramble from Hugging Face's tensors.
 *
 * @param name - Name of the parameter, such as `blocks.0.attention.qkv.weight`.
 * @throws RangeError if the family has no such parameter.
 */
function recipeOf(
  name: string,
  { normPlace }: Pick<ModelConfig, 'normPlace'>,
  { gainsMinusOne, isFused }: Pick<Family, 'gainsMinusOne' | 'isFused'>,
): Recipe {
  const plus = name.endsWith('.gain') && gainsMinusOne ? 1 : 0;
  if (Object.hasOwn(OUTSIDE, name)) {
    return { sources: [OUTSIDE[name]], isTransposed: false, plus };
  }
  const [, block, part, kind] = /^blocks\.(\d+)\.(.+)\.(\w+)$/.exec(name) ?? [];
  const inBlock = (sources: string, suffix: string): string =>
    `model.layers.${block}.${sources}.${suffix}`;
  const norm = kind === 'gain' ? { ...NORMS[normPlace], ...HEAD_NORMS }[part] : undefined;
  if (norm !== undefined) return { sources: [inBlock(norm, 'weight')], isTransposed: false, plus };
  const parts = (isFused ? FUSED : SIDE_BY_SIDE)[part] as readonly string[] | undefined;
  if (!parts || (kind !== 'weight' && kind !== 'bias')) {
    throw new RangeError(`${name}: expected a parameter of the Llama family, got another`);
  }
  return {
    sources: parts.map((sources) => inBlock(sources, kind)),
    isTransposed: kind === 'weight',
    plus,
  };
}

/** Returns a function that returns the recipe of each parameter of a model, by the parameter's name. */
export function familyRecipes(model: ModelConfig, family: Family): (name: string) => Recipe {
  return (name) => recipeOf(name, model, family);
}

/**
 * Returns the Hugging Face tensors of the Llama family for one of ramble's parameters, to be written. Joined matrices
 * are split and transposed back.
 *
 * @param file - A run's model.safetensors as a view in which all tensors are floats.
 */
export function llamaTensors(
  file: Safetensors,
  { name, shape }: ParameterSpec,
  model: ModelConfig,
  family: Family,
  dtype: FloatDtype,
): EncodedTensor[] {
  const { sources, isTransposed, plus } = recipeOf(name, model, family);
  if (!isTransposed && sources.length === 1 && plus === 0) {
    return [convertTensor(file, name, dtype, sources[0])];
  }
  const width = shape.at(-1) ?? 0;
  const height = isTransposed ? shape[0] : 1;
  let start = 0;
  return widthsOf(sources.length, width, model).map((columns, i) => {
    const first = start;
    start += columns;
    return {
      name: sources[i],
      dtype,
      shape: isTransposed ? [columns, height] : [columns],
      async *bytes() {
        const all = await file.read(name);
        const part = new Float32Array(sizeOf([columns, height]));
        for (let row = 0; row < height; row++) {
          for (let c = 0; c < columns; c++) {
            part[c * height + row] = all[row * width + first + c] - plus;
          }
        }
        yield named(`${file.name}: ${name}`, () => FLOAT_CODECS[dtype].encode(part, true));
      },
    };
  });
}

/** Returns the widths of a parameter's parts: queries, keys and values, or gate and up. */
function widthsOf(parts: number, width: number, model: ModelConfig): number[] {
  const shared = model.nKvHead * model.headDim;
  if (parts === 3) return [width - 2 * shared, shared, shared];
  return Array.from({ length: parts }, () => width / parts);
}
