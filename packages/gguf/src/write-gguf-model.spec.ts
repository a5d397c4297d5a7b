import { memoryBytes } from '@ramble/core';
import { writtenBytes } from '@ramble/node-testing';

import {
  encodedTensors,
  ggufOf,
  type GoldenModel,
  goldenModels,
  goldenValues,
} from '../test/golden-models.js';
import { type Gguf, openGguf } from './format/open-gguf.js';
import { openGgufFolder } from './gguf-folder.js';
import { decodeBlocks } from './quantization/decode-blocks.js';
import type { WrittenType } from './quantization/encode-blocks.js';
import { writeGgufModel } from './write-gguf-model.js';

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
    const worst = values.reduce(
      (most, value, i) => Math.max(most, Math.abs(value - expected[i])),
      0,
    );
    expect(worst).toBeGreaterThan(0);
    expect(worst).toBeLessThan(14 / 127);
  });
});

describe('the groups of a matrix', () => {
  it('are those of the file, in the order of Hugging Face, where it has them', async () => {
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
      expect(groups?.kind).toBe('q8');
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
      'of windows in other layers',
      { layer_types: ['full_attention', 'full_attention'] },
      'layer_types: expected ["sliding_attention","full_attention"], which llama.cpp computes with, got ["full_attention","full_attention"]',
    ],
    [
      'of a scaling that no key tells',
      { rope_scaling: { rope_type: 'dynamic', factor: 2 } },
      'rope_scaling: expected default, linear, yarn or llama3, which GGUF can tell, got dynamic',
    ],
  ])('%s is refused with a reason', async (_, changes, message) => {
    const golden = { ...goldenModels.gemma2, config: { ...config, ...changes } };
    await expect(write(golden)).rejects.toThrow(new RangeError(message));
  });

  it('has windows that llama.cpp does not read', async () => {
    const { llama } = goldenModels;
    const mistral = { ...llama.config, model_type: 'mistral', sliding_window: 4096 };
    await expect(write({ ...llama, config: mistral })).rejects.toThrow(
      new RangeError('sliding_window: expected none, as llama.cpp has it for llama, got 4096'),
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
