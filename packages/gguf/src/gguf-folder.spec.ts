import { memoryBytes } from '@ramble/core';
import { writtenBytes } from '@ramble/node-testing';

import { ggufOf, goldenModels, goldenValues } from '../test/golden-models.js';
import type { TypedValue } from './format/metadata.js';
import { writeGguf } from './format/write-gguf.js';
import { type GgufFolder, openGgufFolder } from './gguf-folder.js';

const openFixture = (name: string): Promise<GgufFolder> =>
  openGgufFolder(memoryBytes(`${name}.gguf`, ggufOf(name)));

async function json(folder: GgufFolder, name: string): Promise<Record<string, unknown>> {
  const file = await folder.open(name);
  const bytes = await file.read(0, file.sizeBytes);
  return JSON.parse(Buffer.from(bytes).toString()) as Record<string, unknown>;
}

describe('openGgufFolder', () => {
  it.each(Object.entries(goldenModels))(
    'gives %s the config of transformers',
    async (name, expected) => {
      const folder = await openFixture(name);
      const config = await json(folder, 'config.json');
      for (const [field, value] of Object.entries(expected.config)) {
        expect([field, config[field]]).toEqual([field, value]);
      }
      expect(config.vocab_size).toBe(6);
      expect(await json(folder, 'generation_config.json')).toEqual({
        bos_token_id: 1,
        eos_token_id: [2, 5],
      });
    },
  );

  it.each(Object.entries(goldenModels))(
    'gives the tensors of %s their names, shapes and numbers there',
    async (name, { tensors }) => {
      const { weights } = await openFixture(name);
      expect([...weights.tensors.keys()].sort()).toEqual(Object.keys(tensors).sort());
      for (const [tensor, expected] of Object.entries(tensors)) {
        expect([tensor, weights.tensors.get(tensor)?.shape]).toEqual([tensor, expected.shape]);
        expect([tensor, await weights.read(tensor)]).toEqual([tensor, goldenValues(expected)]);
      }
    },
  );

  it('counts the bytes that it will give, for whoever shows progress', async () => {
    const { weights } = await openFixture('gemma2');
    for (const [name, { start, end }] of weights.tensors) {
      let bytes = 0;
      for await (const piece of weights.bytes(name)) bytes += piece.length;
      expect(bytes).toBe(end - start);
    }
  });
});

const text = (value: string): TypedValue => ({ type: 'string', value });
const uint32 = (value: number): TypedValue => ({ type: 'uint32', value });

/** A file of one tensor with the metadata of the smallest Llama, some of it replaced. */
async function openWith(
  changes: Readonly<Record<string, TypedValue | undefined>>,
): Promise<GgufFolder> {
  const metadata = {
    'general.architecture': text('llama'),
    'llama.context_length': uint32(16),
    'llama.embedding_length': uint32(4),
    'llama.block_count': uint32(1),
    'llama.feed_forward_length': uint32(6),
    'llama.attention.head_count': uint32(2),
    'llama.attention.layer_norm_rms_epsilon': { type: 'float32' as const, value: 1e-5 },
    ...changes,
  } satisfies Record<string, TypedValue | undefined>;
  const entries = Object.entries<TypedValue | undefined>(metadata).filter(
    (entry): entry is [string, TypedValue] => entry[1] !== undefined,
  );
  const tensor = { name: 'token_embd.weight', type: 'F32', shape: [3, 4] } as const;
  const bytes = await writtenBytes((sink) =>
    writeGguf(sink, new Map(entries), [{ ...tensor, bytes: () => [new Uint8Array(48)] }]),
  );
  return openGgufFolder(memoryBytes('model.gguf', bytes));
}

describe('a file whose model is not read', () => {
  it.each<[string, Record<string, TypedValue | undefined>, string]>([
    [
      'of another architecture',
      { 'general.architecture': text('mamba') },
      'general.architecture: expected one of gpt2, llama, qwen2, qwen3, gemma, gemma2, gemma3, smollm3, phi3, olmo2, got "mamba"',
    ],
    [
      'of none',
      { 'general.architecture': undefined },
      'general.architecture: expected one of gpt2, llama, qwen2, qwen3, gemma, gemma2, gemma3, smollm3, phi3, olmo2, got nothing',
    ],
    [
      'without a size',
      { 'llama.embedding_length': undefined },
      'llama.embedding_length: expected a number, got none',
    ],
    [
      'with a size that is a text',
      { 'llama.embedding_length': text('four') },
      'llama.embedding_length: expected an integer, got "four"',
    ],
    [
      'with sizes by layer',
      { 'llama.attention.head_count': { type: 'array', of: 'uint32', values: [2] } },
      'llama.attention.head_count: expected an integer, got [2]',
    ],
    [
      'with more layers than tensors',
      { 'llama.block_count': uint32(4_000_000_000) },
      'llama.block_count: expected at most 1, the number of tensors, got 4000000000',
    ],
    [
      'with an unknown scaling of positions',
      {
        'llama.rope.scaling.type': text('spiral'),
        'llama.rope.scaling.factor': { type: 'float32', value: 2 },
      },
      'llama.rope.scaling.type: expected none, linear or yarn, got spiral',
    ],
    [
      'with heads of an odd width',
      { 'llama.attention.key_length': uint32(3) },
      'llama.attention.key_length: expected an even number, got 3',
    ],
  ])('%s says so in one line', async (_, changes, message) => {
    await expect(openWith(changes)).rejects.toThrow(
      new RegExp(`^model\\.gguf: ${escape(message)}$`),
    );
  });

  it('is opened without a tokenizer where it has none', async () => {
    const folder = await openWith({});
    expect(await folder.list('')).toEqual(['config.json', 'generation_config.json']);
    await expect(folder.open('tokenizer.json')).rejects.toThrow(
      new Error('model.gguf: expected a file that holds tokenizer.json, got none'),
    );
  });
});

function escape(message: string): string {
  return message.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
