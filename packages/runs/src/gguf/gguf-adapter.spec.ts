import { createModel, type Model, modelConfig } from '@ramble/core';
import { memoryBytes } from '@ramble/core/files';
import { adaptModel, type LoraSettings } from '@ramble/core/model';
import { writtenBytes } from '@ramble/node/testing';

import { decodeBlocks } from './format/tensor-types.js';
import { type Gguf, openGguf } from './format/open-gguf.js';
import { type GgufAdapterOptions, writeGgufAdapter } from './gguf-adapter.js';

const llama = { norm: 'rms', mlp: 'swiglu', bias: 'none', positions: 'rotary' } as const;
const size = { vocabSize: 11, contextLength: 8, nLayer: 1, nHead: 2, nKvHead: 1, nEmbd: 8 };

/** Returns a model with adapters of other numbers than 0. */
function adapted(given: Parameters<typeof modelConfig>[0], settings: Partial<LoraSettings>): Model {
  const lora = { loraRank: 2, loraAlpha: 6, loraTargets: 'all', loraDropout: 0 } as const;
  const model = adaptModel(
    createModel(modelConfig(given), { seed: 1 }),
    { ...lora, ...settings },
    2,
  );
  for (const { name } of model.parameters.specs) {
    const values = model.parameters.read(name).map((_, i) => i + 1);
    model.parameters.write(name, values);
  }
  return model;
}

async function written(model: Model, type: GgufAdapterOptions['type'] = 'F32'): Promise<Gguf> {
  const { adapters } = model.parameters;
  if (!adapters) throw new Error('expected adapters');
  const description = { model: model.config, training: adapters.settings };
  const bytes = await writtenBytes((sink) =>
    writeGgufAdapter(sink, description, (name) => model.parameters.read(name), {
      name: 'tiny',
      type,
    }),
  );
  model.dispose();
  return openGguf(memoryBytes('adapter.gguf', bytes));
}

async function valuesOf(file: Gguf, name: string): Promise<number[]> {
  const tensor = file.tensors.get(name);
  if (!tensor) throw new Error(`${name}: none`);
  const values = new Float32Array(tensor.shape.reduce((product, each) => product * each, 1));
  for await (const piece of file.rows(name)) decodeBlocks(tensor.type, piece, values);
  return Array.from(values);
}

describe('writeGgufAdapter', () => {
  it('names the architecture, the kind of the adapter and alpha', async () => {
    const { metadata, tensors } = await written(adapted({ ...size, ...llama }, {}));
    expect(Object.fromEntries(metadata)).toEqual({
      'general.architecture': 'llama',
      'general.type': 'adapter',
      'general.name': 'tiny',
      'adapter.type': 'lora',
      'adapter.lora.alpha': 6,
    });
    const names = ['attn_q', 'attn_k', 'attn_v', 'attn_output', 'ffn_gate', 'ffn_up', 'ffn_down'];
    expect([...tensors.keys()]).toEqual(
      names.flatMap((name) => [`blk.0.${name}.weight.lora_a`, `blk.0.${name}.weight.lora_b`]),
    );
  });

  // Columns that rotate together are i and i + 2 of a head of 4 in ramble, and 2i and 2i + 1 in llama.cpp.
  it('has the rows of B in the order of the base, and A and B as llama.cpp stores them', async () => {
    const file = await written(adapted({ ...size, ...llama }, { loraTargets: 'q,v' }));
    expect(file.tensors.get('blk.0.attn_q.weight.lora_a')?.shape).toEqual([2, 8]);
    expect(file.tensors.get('blk.0.attn_q.weight.lora_b')?.shape).toEqual([8, 2]);
    expect(file.tensors.get('blk.0.attn_v.weight.lora_b')?.shape).toEqual([4, 2]);
    // A of q and v together is [8, 4], with the numbers 1 to 32; the columns of q are 0 and 1.
    const rows = [0, 1].map((r) => Array.from({ length: 8 }, (_, i) => 4 * i + r + 1));
    expect(await valuesOf(file, 'blk.0.attn_q.weight.lora_a')).toEqual(rows.flat());
    // B is [4, 16]; q has rows 0 and 1 and columns 0 to 7.
    const outputs = [0, 2, 1, 3, 4, 6, 5, 7].flatMap((o) => [o + 1, 16 + o + 1]);
    expect(await valuesOf(file, 'blk.0.attn_q.weight.lora_b')).toEqual(outputs);
    const values = [12, 13, 14, 15].flatMap((o) => [32 + o + 1, 48 + o + 1]);
    expect(await valuesOf(file, 'blk.0.attn_v.weight.lora_b')).toEqual(values);
  });

  it('has one pair for the parts of a fused matrix, with the factor of their ranks in B', async () => {
    const file = await written(adapted({ ...size, nKvHead: 2 }, { loraTargets: 'q,v' }));
    expect(file.metadata.get('general.architecture')).toBe('gpt2');
    expect(file.tensors.get('blk.0.attn_qkv.weight.lora_a')?.shape).toEqual([4, 8]);
    expect(file.tensors.get('blk.0.attn_qkv.weight.lora_b')?.shape).toEqual([24, 4]);
    // llama.cpp multiplies by 6 / 4, and the adapter by 6 / 2.
    const b = await valuesOf(file, 'blk.0.attn_qkv.weight.lora_b');
    expect(b.slice(0, 8)).toEqual([2, 2 * 25, 0, 0, 2 * 2, 2 * 26, 0, 0]);
    expect(b.slice(32, 36)).toEqual([0, 0, 0, 0]); // the first key
    expect(b.slice(64, 68)).toEqual([0, 0, 2 * (2 * 24 + 17), 2 * (3 * 24 + 17)]);
  });

  it('rounds to 16 bits on request', async () => {
    const file = await written(adapted({ ...size, ...llama }, { loraTargets: 'o' }), 'F16');
    expect([...file.tensors.values()].map(({ type }) => type)).toEqual(['F16', 'F16']);
  });

  it('switches adapters with an alpha of 0 off, which llama.cpp would take for 1', async () => {
    const file = await written(adapted({ ...size, ...llama }, { loraTargets: 'o', loraAlpha: 0 }));
    expect(file.metadata.get('adapter.lora.alpha')).toBe(2);
    const b = await valuesOf(file, 'blk.0.attn_output.weight.lora_b');
    expect(b).toEqual(b.map(() => 0));
  });

  it('refuses a model that llama.cpp does not run', async () => {
    const model = adapted({ ...size, ...llama, logitCap: 5 }, {});
    await expect(written(model)).rejects.toThrow('logitCap: expected none');
    model.dispose();
  });

  it('refuses adapters that are all zero', async () => {
    const model = adapted({ ...size, ...llama }, {});
    for (const { name, shape } of model.parameters.specs) {
      model.parameters.write(name, new Float32Array(shape[0] * shape[1]));
    }
    await expect(written(model)).rejects.toThrow(
      'adapters: expected numbers other than 0, got only zeros',
    );
    model.dispose();
  });
});
