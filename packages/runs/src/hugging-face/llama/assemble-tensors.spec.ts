import { memoryBytes } from '@ramble/core/files';
import { FORMATS } from '@ramble/core/weights';
import { writtenBytes } from '@ramble/node/testing';

import { checkParameters } from '../../weights/check-tensors.js';
import { openSafetensors } from '../../safetensors/open-safetensors.js';
import { writeSafetensors } from '../../safetensors/write-safetensors.js';

import type { Weights } from '../open-shards.js';
import { assembleTensors } from './assemble-tensors.js';
import { familyRecipes } from './llama-names.js';
import { FAMILIES } from './families.js';
import { fromLlamaConfig } from './llama-config.js';

const [C, F, H, K, D, V] = [64, 96, 4, 2, 16, 40];
const model = fromLlamaConfig(
  {
    model_type: 'llama',
    ...{ hidden_size: C, intermediate_size: F, num_attention_heads: H, num_key_value_heads: K },
    ...{ head_dim: D, vocab_size: V, num_hidden_layers: 1, max_position_embeddings: 8 },
    tie_word_embeddings: true,
  },
  'llama',
);
const MATRICES: Readonly<Record<string, readonly [number, number]>> = {
  'model.embed_tokens.weight': [V, C],
  'model.layers.0.self_attn.q_proj.weight': [H * D, C],
  'model.layers.0.self_attn.k_proj.weight': [K * D, C],
  'model.layers.0.self_attn.v_proj.weight': [K * D, C],
  'model.layers.0.self_attn.o_proj.weight': [C, H * D],
  'model.layers.0.mlp.gate_proj.weight': [F, C],
  'model.layers.0.mlp.up_proj.weight': [F, C],
  'model.layers.0.mlp.down_proj.weight': [C, F],
};
const GAINS = ['input_layernorm', 'post_attention_layernorm'].map(
  (name) => `model.layers.0.${name}.weight`,
);

/** Groups of Q8_0 with a scale of 1, and the integers that they hold. */
function q8([rows, width]: readonly [number, number], seed: number): [Uint8Array, Float32Array] {
  const values = Float32Array.from(
    { length: rows * width },
    (_, i) => ((i * 7 + seed) % 255) - 127,
  );
  const groups = new Uint8Array((values.length / 32) * 34);
  for (let group = 0; group < values.length / 32; group++) {
    groups.set([0, 0x3c], group * 34); // 1 in 16 bits
    groups.set(Int8Array.from(values.subarray(group * 32, group * 32 + 32)), group * 34 + 2);
  }
  return [groups, values];
}

async function weights(): Promise<{ floats: Weights; blocks: Weights }> {
  const made = new Map(
    Object.entries(MATRICES).map(([name, shape], i) => [name, { shape, of: q8(shape, i) }]),
  );
  const tensors = [
    ...[...made].map(([name, { shape, of }]) => ({ name, shape, values: () => of[1] })),
    ...[...GAINS, 'model.norm.weight'].map((name) => {
      return { name, shape: [C], values: () => new Float32Array(C).fill(2) };
    }),
  ];
  const bytes = await writtenBytes((sink) => writeSafetensors(sink, tensors));
  const floats = await openSafetensors(memoryBytes('model.gguf', bytes));
  const groups: Weights['groups'] = (name) => {
    const found = made.get(name);
    if (!found) return undefined;
    const { of, shape } = found;
    const cut = (5 * shape[1] * 34) / 32; // after five rows
    async function* rows(): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(of[0].subarray(0, cut));
      yield of[0].subarray(cut);
    }
    return { format: FORMATS.q8, rows };
  };
  return { floats, blocks: { ...floats, groups } };
}

const recipes = familyRecipes(model, FAMILIES.llama);

describe('assembleTensors', () => {
  it('keeps matrices in the blocks in which they lie, with the same numbers', async () => {
    const { floats, blocks } = await weights();
    const [plain, kept] = await Promise.all(
      [floats, blocks].map((file) => assembleTensors(file, model, recipes)),
    );
    const dtypes = [...kept.tensors.values()].map(({ dtype }) => dtype);
    expect(dtypes.filter((dtype) => dtype === 'U8')).toHaveLength(5);
    const { specs, wide } = checkParameters(kept, model);
    for (const { name } of specs) {
      expect([name, await wide.read(name)]).toEqual([name, await plain.read(name)]);
    }
  });

  it('converts parameters to floats that are only partly in blocks', async () => {
    const { floats, blocks } = await weights();
    const groups: Weights['groups'] = (name) =>
      name.includes('k_proj') ? undefined : blocks.groups?.(name);
    const mixed = await assembleTensors({ ...blocks, groups }, model, recipes);
    const name = 'blocks.0.attention.qkv.weight';
    expect(mixed.tensors.get(name)?.dtype).toBe('F32');
    const plain = await assembleTensors(floats, model, recipes);
    expect(await mixed.read(name)).toEqual(await plain.read(name));
  });
});
