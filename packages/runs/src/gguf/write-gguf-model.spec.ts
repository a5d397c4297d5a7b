import { memoryBytes } from '@ramble/core/files';
import { writtenBytes } from '@ramble/node/testing';

import {
  encodedTensors,
  ggufOf,
  type GoldenModel,
  goldenModels,
  goldenValues,
} from '../../test/golden-models.js';
import { type Gguf, openGguf } from './format/open-gguf.js';
import { openGgufFolder, writeGgufModel } from './gguf-folder.js';
import { decodeBlocks, type WrittenType } from './format/tensor-types.js';

const write = (
  { config, tensors }: GoldenModel,
  type: WrittenType = 'F32',
  files: Record<string, string> = {},
): Promise<Uint8Array> => {
  const model = { config, tensors: encodedTensors({ config, tensors }), files };
  return writtenBytes((sink) => writeGgufModel(sink, model, { name: 'tiny', type }));
};
const open = (bytes: Uint8Array): Promise<Gguf> => openGguf(memoryBytes('model.gguf', bytes));

async function dataOf(file: Gguf): Promise<Map<string, unknown>> {
  const data = new Map<string, unknown>();
  for (const { name, type, shape } of file.tensors.values()) {
    const pieces: Uint8Array[] = [];
    for await (const piece of file.rows(name)) pieces.push(piece.slice());
    data.set(name, { type, shape, bytes: Buffer.concat(pieces).toString('base64') });
  }
  return data;
}

describe('writeGgufModel', () => {
  it.each(Object.keys(goldenModels))(
    "writes the tensors and the keys of %s that llama.cpp's converter writes",
    async (name) => {
      const theirs = await open(ggufOf(name));
      const ours = await open(await write(goldenModels[name]));
      const theirData = await dataOf(theirs);
      for (const [tensor, data] of await dataOf(ours)) {
        // Ours of these differ in the last bit, by the order of operations.
        if (tensor === 'rope_freqs.weight') theirData.delete(tensor);
        else expect([tensor, data]).toEqual([tensor, theirData.get(tensor)]);
        theirData.delete(tensor);
      }
      expect([...theirData.keys()]).toEqual([]);
      for (const [key, value] of theirs.metadata) {
        if (key.startsWith('tokenizer.')) continue;
        expect([key, ours.metadata.get(key)]).toEqual([key, value]);
      }
    },
  );

  it.each(Object.keys(goldenModels))('writes what reads as the same %s', async (name) => {
    const golden = goldenModels[name];
    const folder = await openGgufFolder(memoryBytes('model.gguf', await write(golden)));
    const file = await folder.open('config.json');
    const config = JSON.parse(Buffer.from(await file.read(0, file.sizeBytes)).toString()) as Record<
      string,
      unknown
    >;
    for (const [field, value] of Object.entries(golden.config)) {
      if (field.endsWith('_token_id')) continue; // those of a tokenizer
      expect([field, config[field]]).toEqual([field, value]);
    }
    for (const [tensor, expected] of Object.entries(golden.tensors)) {
      expect([tensor, await folder.weights.read(tensor)]).toEqual([tensor, goldenValues(expected)]);
    }
  });

  it('keeps vectors and positions in 32 bits, and in F16 what has no rows of whole blocks', async () => {
    const types = async (type: WrittenType): Promise<Record<string, string>> => {
      const { tensors } = await open(await write(goldenModels.gpt2, type));
      return Object.fromEntries([...tensors.values()].map((each) => [each.name, each.type]));
    };
    const f16 = await types('F16');
    expect(f16['blk.0.ffn_up.weight']).toBe('F16');
    expect(f16['blk.0.ffn_up.bias']).toBe('F32');
    expect(f16['position_embd.weight']).toBe('F32');
    expect((await types('Q8_0'))['blk.0.ffn_up.weight']).toBe('F16'); // rows of 12
  });

  it('rounds to Q8_0 by rows', async () => {
    const config = { ...goldenModels.llama.config, vocab_size: 3, tie_word_embeddings: true };
    const tensors = { 'model.embed_tokens.weight': { shape: [3, 64], start: -10 } };
    const folder = await openGgufFolder(
      memoryBytes(
        'model.gguf',
        await write({ config, tensors: { ...tensors, ...norm(64) } }, 'Q8_0'),
      ),
    );
    const values = await folder.weights.read('model.embed_tokens.weight');
    const expected = goldenValues(tensors['model.embed_tokens.weight']);
    const worst = values.reduce((max, value, i) => Math.max(max, Math.abs(value - expected[i])), 0);
    expect(worst).toBeGreaterThan(0);
    expect(worst).toBeLessThan(14 / 127);
  });
});

describe('metadata that is read back from a file', () => {
  const configOf = async (golden: GoldenModel): Promise<Record<string, unknown>> => {
    const folder = await openGgufFolder(memoryBytes('model.gguf', await write(golden)));
    const file = await folder.open('config.json');
    const text = Buffer.from(await file.read(0, file.sizeBytes)).toString();
    return JSON.parse(text) as Record<string, unknown>;
  };
  const changed = (name: string, changes: Record<string, unknown>): GoldenModel => ({
    ...goldenModels[name],
    config: { ...goldenModels[name].config, ...changes },
  });

  it.each(['gemma2', 'gemma3', 'olmo3'])(
    'has the layers of %s with a window in any order',
    async (name) => {
      const layer_types = ['full_attention', 'sliding_attention'];
      expect(await configOf(changed(name, { layer_types }))).toMatchObject({
        layer_types,
        sliding_window: 7,
      });
    },
  );

  it('has no window if none is shorter than the context', async () => {
    const mistral = { model_type: 'mistral', sliding_window: 18 };
    expect((await configOf(changed('llama', mistral))).sliding_window).toBeUndefined();
    const qwen2 = { use_sliding_window: true, max_window_layers: 0, sliding_window: 4096 };
    expect(await configOf(changed('qwen2', qwen2))).toMatchObject({ use_sliding_window: false });
    const layer_types = ['full_attention', 'full_attention'];
    expect(await configOf(changed('gemma2', { layer_types }))).toMatchObject({
      sliding_window: 18, // which no token looks beyond
    });
  });

  it('has the frequencies of a llama3 scaling, whatever its factors are', async () => {
    const rope_scaling = {
      ...{ rope_type: 'llama3', factor: 3, low_freq_factor: 0.5, high_freq_factor: 2 },
      original_max_position_embeddings: 16,
    };
    // Frequencies of 8 pairs of columns, as transformers has them.
    const inverse = [0, 1, 2, 3, 4, 5, 6, 7].map((i) => 500_000 ** (-i / 8));
    const expected = inverse.map((frequency) => {
      const turns = (16 * frequency) / (2 * Math.PI);
      const smooth = Math.min(1, Math.max(0, (turns - 0.5) / 1.5));
      return 1 / ((1 - smooth) / 3 + smooth);
    });
    const { rope_scaling: read } = await configOf(changed('llama-llama3', { rope_scaling }));
    expect(read).toMatchObject({ rope_type: 'longrope', attention_factor: 1 });
    const { short_factor, long_factor } = read as Record<string, number[]>;
    short_factor.forEach((factor, i) => expect(factor / expected[i]).toBeCloseTo(1, 5));
    expect(long_factor).toEqual(short_factor);
  });

  it('has the factors of longrope, and of attention', async () => {
    const longrope = {
      ...{ rope_type: 'longrope', short_factor: [1.5], long_factor: [3.25] },
      ...{ original_max_position_embeddings: 8, attention_factor: 1.25 },
    };
    const phi3 = { rope_scaling: longrope, original_max_position_embeddings: 8 };
    expect((await configOf(changed('phi3', phi3))).rope_scaling).toEqual(longrope);
    const yarn = {
      ...{ rope_type: 'yarn', factor: 4, attention_factor: 1.5 },
      original_max_position_embeddings: 16,
    };
    const { rope_scaling: read } = await configOf(changed('llama', { rope_scaling: yarn }));
    expect((read as typeof yarn).attention_factor).toBeCloseTo(1.5, 6);
  });

  it('has a tied output projection if llama.cpp requires a separate one', async () => {
    const golden = changed('olmo2', { tie_word_embeddings: true });
    const all = Object.entries(golden.tensors);
    const tensors = Object.fromEntries(all.filter(([name]) => name !== 'lm_head.weight'));
    expect(await configOf({ ...golden, tensors })).toMatchObject({ tie_word_embeddings: true });
  });
});

describe('the groups of a matrix', () => {
  it("are the file's groups in Hugging Face's order, if the file has groups", async () => {
    const { config } = goldenModels['llama-llama3']; // 4 heads of 16
    const names = ['q_proj', 'v_proj'].map((part) => `model.layers.0.self_attn.${part}.weight`);
    const tensors = {
      'model.embed_tokens.weight': { shape: [6, 32], start: -10 },
      ...norm(32),
      ...Object.fromEntries(names.map((name) => [name, { shape: [64, 32], start: -9 }])),
    };
    const { weights } = await openGgufFolder(
      memoryBytes('model.gguf', await write({ config, tensors }, 'Q8_0')),
    );
    for (const name of names) {
      const groups = weights.groups(name);
      expect(groups?.format.name).toBe('q8');
      const pieces: Buffer[] = [];
      for await (const piece of groups?.rows() ?? []) pieces.push(Buffer.from(piece));
      const values = new Float32Array(64 * 32);
      decodeBlocks('Q8_0', Buffer.concat(pieces), values);
      expect(values).toEqual(await weights.read(name));
    }
    expect(weights.groups('model.norm.weight')).toBeUndefined();
  });
});

/** As many tensors as a config of two layers needs. */
function norm(width: number): GoldenModel['tensors'] {
  return { 'model.norm.weight': { shape: [width], start: 0 } };
}

describe('a model that llama.cpp has not', () => {
  const { config } = goldenModels.gemma2;
  it.each<[string, Record<string, unknown>, string]>([
    [
      'of another type',
      { model_type: 'mamba' },
      'model_type: expected one of gpt2, llama, qwen2, qwen3, gemma, gemma2, gemma3_text, smollm3, phi3, olmo2, which llama.cpp runs, got "mamba"',
    ],
    [
      'of another scale of scores',
      { query_pre_attn_scalar: 20 },
      'query_pre_attn_scalar: expected 4, which llama.cpp computes with, got 20',
    ],
    [
      'of no cap of scores',
      { attn_logit_softcapping: null },
      'attn_logit_softcapping: expected 50, which llama.cpp computes with, got null',
    ],
    [
      'of an output projection of its own',
      { tie_word_embeddings: false },
      'tie_word_embeddings: expected true, which llama.cpp computes with, got false',
    ],
    [
      'of an MLP with another gate',
      { hidden_activation: 'silu' },
      'hidden_activation: expected "gelu_pytorch_tanh", which llama.cpp computes with, got "silu"',
    ],
    [
      'of biases',
      { attention_bias: true },
      'attention_bias: expected false, which llama.cpp computes with, got true',
    ],
    [
      'of a scaling that llama.cpp does not compute',
      { rope_scaling: { rope_type: 'dynamic', factor: 2 } },
      'rope_scaling: expected one of default, linear, yarn, which llama.cpp computes for gemma2, got dynamic',
    ],
    [
      'of a yarn with another ramp',
      { rope_scaling: { rope_type: 'yarn', factor: 4, beta_fast: 24 } },
      'rope_scaling.beta_fast: expected 32, which llama.cpp computes with, got 24',
    ],
  ])('%s is refused with a reason', async (_, changes, message) => {
    const golden = { ...goldenModels.gemma2, config: { ...config, ...changes } };
    await expect(write(golden)).rejects.toThrow(new RangeError(message));
  });

  it.each<[string, Record<string, unknown>, string]>([
    [
      'windows',
      { model_type: 'mistral', sliding_window: 7 },
      'sliding_window: expected none, or the context length (18) or more, as llama.cpp has no windows for llama, got 7',
    ],
    [
      'heads that are not as wide as the model',
      { model_type: 'qwen2' },
      'head_dim: expected 3, which llama.cpp computes with, got 4',
    ],
    [
      "Llama 3's scaling",
      {
        ...{ model_type: 'qwen3', rope_scaling: { rope_type: 'llama3', factor: 8 } },
      },
      'rope_scaling: expected one of default, linear, yarn, which llama.cpp computes for qwen3, got llama3',
    ],
  ])('with %s is refused for an architecture without them', async (_, changes, message) => {
    const { llama } = goldenModels;
    await expect(write({ ...llama, config: { ...llama.config, ...changes } })).rejects.toThrow(
      new RangeError(message),
    );
  });

  it.each<[string, string, Record<string, unknown>, string]>([
    [
      'of scaled layers with a window',
      'gemma3',
      { rope_scaling: { rope_type: 'yarn', factor: 4, original_max_position_embeddings: 8 } },
      'rope_parameters.sliding_attention.rope_type: expected "yarn", which llama.cpp computes with, got "default"',
    ],
    [
      'of two bases',
      'olmo3',
      { rope_parameters: { sliding_attention: { rope_type: 'default', rope_theta: 5 } } },
      'rope_parameters.sliding_attention.rope_theta: expected 10000, which llama.cpp computes with, got 5',
    ],
  ])('%s is refused', async (_, name, changes, message) => {
    const golden = goldenModels[name];
    await expect(write({ ...golden, config: { ...golden.config, ...changes } })).rejects.toThrow(
      new RangeError(message),
    );
  });

  it('has a tensor without a name there', async () => {
    const { llama } = goldenModels;
    const tensors = { ...llama.tensors, 'model.extra.weight': { shape: [2], start: 0 } };
    await expect(write({ ...llama, tensors })).rejects.toThrow(
      new RangeError(
        'model.extra.weight: expected a tensor that llama.cpp has a name for, got this one',
      ),
    );
  });
});
