import { memoryBytes } from '@ramble/core/files';
import { writtenBytes } from '@ramble/node/testing';

import { ggufOf, goldenModels, goldenValues } from '../../test/golden-models.js';
import type { TypedValue } from './format/metadata.js';
import { openGguf } from './format/open-gguf.js';
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
const float32 = (value: number): TypedValue => ({ type: 'float32', value });

interface Vector {
  readonly name: string;
  readonly values: readonly number[];
}

/** A file of an embedding, and of vectors, with the metadata of the smallest model of an architecture. */
async function openWith(
  changes: Readonly<Record<string, TypedValue | undefined>>,
  { architecture = 'llama', vectors = [] as readonly Vector[] } = {},
): Promise<GgufFolder> {
  const metadata = {
    'general.architecture': text(architecture),
    [`${architecture}.context_length`]: uint32(16),
    [`${architecture}.embedding_length`]: uint32(4),
    [`${architecture}.block_count`]: uint32(1),
    [`${architecture}.feed_forward_length`]: uint32(6),
    [`${architecture}.attention.head_count`]: uint32(2),
    [`${architecture}.attention.layer_norm_rms_epsilon`]: float32(1e-5),
    ...changes,
  } satisfies Record<string, TypedValue | undefined>;
  const entries = Object.entries<TypedValue | undefined>(metadata).filter(
    (entry): entry is [string, TypedValue] => entry[1] !== undefined,
  );
  const tensor = { name: 'token_embd.weight', type: 'F32', shape: [3, 4] } as const;
  const others = vectors.map(({ name, values }) => ({
    ...{ name, type: 'F32' as const, shape: [values.length] },
    bytes: () => [new Uint8Array(Float32Array.from(values).buffer)],
  }));
  const bytes = await writtenBytes((sink) =>
    writeGguf(sink, new Map(entries), [
      { ...tensor, bytes: () => [new Uint8Array(48)] },
      ...others,
    ]),
  );
  return openGgufFolder(memoryBytes('model.gguf', bytes));
}

/** As many vectors as a file of so many layers has tensors at least. */
const layers = (count: number): Vector[] =>
  Array.from({ length: count }, (_, i) => ({ name: `blk.${i}.attn_norm.weight`, values: [1] }));

const kindsOf = (pattern: string): string[] =>
  Array.from(pattern, (letter) => (letter === 'f' ? 'full_attention' : 'sliding_attention'));

describe('the layers of Gemma that have a window', () => {
  it('are every other one in Gemma 2, the first among them', async () => {
    const folder = await openWith(
      { 'gemma2.block_count': uint32(5), 'gemma2.attention.sliding_window': uint32(7) },
      { architecture: 'gemma2', vectors: layers(5) },
    );
    expect(await json(folder, 'config.json')).toMatchObject({
      sliding_window: 7,
      layer_types: kindsOf('sfsfs'),
    });
  });

  it('are all layers except every sixth in Gemma 3, with a separate base of rotary positions', async () => {
    const folder = await openWith(
      {
        'gemma3.block_count': uint32(13),
        'gemma3.attention.sliding_window': uint32(512),
        'gemma3.rope.freq_base': float32(1e6),
        'gemma3.rope.freq_base_swa': float32(2e4),
      },
      { architecture: 'gemma3', vectors: layers(13) },
    );
    expect(await json(folder, 'config.json')).toMatchObject({
      sliding_window: 512,
      rope_theta: 1e6,
      rope_local_base_freq: 2e4,
      layer_types: kindsOf('sssssfsssssfs'),
    });
  });

  it('are none in a Gemma 3 without a window', async () => {
    const folder = await openWith(
      { 'gemma3.block_count': uint32(2) },
      { architecture: 'gemma3', vectors: layers(2) },
    );
    expect((await json(folder, 'config.json')).layer_types).toEqual(kindsOf('ff'));
  });
});

describe('rotary positions of a longer context', () => {
  const long = { name: 'rope_factors_long.weight', values: [1.5, 3] };
  const short = { name: 'rope_factors_short.weight', values: [1, 1.25] };

  it('of longrope have the factors of both tensors, which are no weights', async () => {
    const folder = await openWith(
      {
        'phi3.context_length': uint32(64),
        'phi3.embedding_length': uint32(8),
        'phi3.rope.dimension_count': uint32(4),
        'phi3.rope.scaling.original_context_length': uint32(16),
        'phi3.rope.scaling.attn_factor': float32(1.19),
      },
      { architecture: 'phi3', vectors: [long, short] },
    );
    const config = await json(folder, 'config.json');
    expect(config.rope_scaling).toEqual({
      rope_type: 'longrope',
      long_factor: [1.5, 3],
      short_factor: [1, 1.25],
      original_max_position_embeddings: 16,
      attention_factor: 1.19,
    });
    expect(config.original_max_position_embeddings).toBe(16);
    expect([...folder.weights.tensors.keys()]).toEqual(['model.embed_tokens.weight']);
  });

  it('of yarn have all of its numbers', async () => {
    const folder = await openWith({
      'llama.rope.scaling.type': text('yarn'),
      'llama.rope.scaling.factor': float32(4),
      'llama.rope.scaling.original_context_length': uint32(16),
      'llama.rope.scaling.yarn_attn_factor': float32(1.1),
      'llama.rope.scaling.yarn_beta_fast': float32(24),
      'llama.rope.scaling.yarn_beta_slow': float32(2),
    });
    expect((await json(folder, 'config.json')).rope_scaling).toEqual({
      rope_type: 'yarn',
      factor: 4,
      original_max_position_embeddings: 16,
      attention_factor: 1.1,
      beta_fast: 24,
      beta_slow: 2,
    });
  });

  it('are written as longrope if no known scaling has the divisors', async () => {
    const vector = { name: 'rope_freqs.weight', values: [5] };
    const folder = await openWith({}, { vectors: [vector] });
    expect((await json(folder, 'config.json')).rope_scaling).toEqual({
      rope_type: 'longrope',
      long_factor: [5],
      short_factor: [5],
      original_max_position_embeddings: 16,
      attention_factor: 1,
    });
  });

  it.each<[string, Vector, string]>([
    [
      'too many factors',
      { ...long, values: new Array<number>(2 ** 16 + 1).fill(1) },
      'rope_factors_long.weight: expected at most 65536 numbers of F32, got F32 of shape [65537]',
    ],
    [
      'another number of divisors than there are pairs of columns',
      { name: 'rope_freqs.weight', values: [5, 5, 5] },
      'rope_freqs.weight: expected a factor for each pair of columns that rotate (1), got 3',
    ],
  ])('are refused with %s', async (_, vector, message) => {
    await expect(openWith({}, { vectors: [vector] })).rejects.toHaveProperty(
      'message',
      `model.gguf: ${message}`,
    );
  });
});

describe('a GPT-2 with an output projection', () => {
  /** The fixture with an output projection in addition to its embedding. */
  async function openWithHead(type: 'F32' | 'F16', change: number): Promise<GgufFolder> {
    const file = await openGguf(memoryBytes('gpt2.gguf', ggufOf('gpt2')));
    const { shape } = file.tensors.get('token_embd.weight')!;
    const pieces: Uint8Array[] = [];
    for await (const piece of file.rows('token_embd.weight')) pieces.push(piece.slice());
    const values = new Float32Array(Uint8Array.from(Buffer.concat(pieces)).buffer);
    const data = new Map<string, Uint8Array[]>([['token_embd.weight', pieces]]);
    const changed = values.map((value) => value + change);
    const head = type === 'F32' ? changed : new Uint16Array(changed.length);
    const tensors = [
      { name: 'token_embd.weight', type: 'F32' as const, shape },
      { name: 'output.weight', type, shape },
    ];
    data.set('output.weight', [new Uint8Array(head.buffer)]);
    const given = [...file.metadata].flatMap(([key, value]): [string, TypedValue][] => {
      if (key.endsWith('epsilon')) return [[key, float32(Number(value))]];
      return key.startsWith('gpt2.') ? [[key, uint32(Number(value))]] : [];
    });
    const bytes = await writtenBytes((sink) =>
      writeGguf(
        sink,
        new Map([
          ...given,
          ['gpt2.block_count', uint32(1)],
          ['general.architecture', text('gpt2')],
        ]),
        tensors.map((tensor) => ({ ...tensor, bytes: () => data.get(tensor.name) ?? [] })),
      ),
    );
    return openGgufFolder(memoryBytes('model.gguf', bytes));
  }

  it.each<[string, 'F32' | 'F16', number, boolean]>([
    ['is tied where it is the token embedding once more', 'F32', 0, true],
    ['has a head of its own where the numbers are others', 'F32', 1, false],
    ['has a head of its own where it is of another type', 'F16', 0, false],
  ])('%s', async (_, type, change, isTied) => {
    const folder = await openWithHead(type, change);
    expect((await json(folder, 'config.json')).tie_word_embeddings).toBe(isTied);
  });
});

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
      'with a share of columns that turn',
      { 'llama.rope.dimension_count': uint32(4), 'llama.attention.key_length': uint32(8) },
      'llama.rope.dimension_count: expected 8, the width of a head, got 4',
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

  it('opens without a tokenizer if the file has none', async () => {
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
