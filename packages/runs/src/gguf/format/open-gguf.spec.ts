import { memoryBytes } from '@ramble/core/files';
import { fixturesIn, writtenBytes } from '@ramble/node/testing';

import { decodeBlocks } from './tensor-types.js';
import type { TypedValue } from './metadata.js';
import { type Gguf, openGguf } from './open-gguf.js';
import { writeGguf } from './write-gguf.js';

const small = fixturesIn(new URL('../../../fixtures/gguf/', import.meta.url)).readBytes(
  'small.gguf',
);
const open = (bytes: Uint8Array): Promise<Gguf> => openGguf(memoryBytes('model.gguf', bytes));

async function valuesOf(file: Gguf, name: string): Promise<number[]> {
  const { type, shape } = file.tensors.get(name)!;
  const values = new Float32Array(shape.reduce((product, length) => product * length));
  let to = 0;
  for await (const piece of file.rows(name)) {
    const count = (values.length * piece.length) / sizeOf(file, name);
    decodeBlocks(type, piece, values.subarray(to, to + count));
    to += count;
  }
  expect(to).toBe(values.length);
  return [...values];
}

function sizeOf(file: Gguf, name: string): number {
  const { start, end } = file.tensors.get(name)!;
  return end - start;
}

describe('openGguf', () => {
  it("reads a file of llama.cpp's own writer: every type of metadata, names and numbers", async () => {
    const file = await open(small);
    const { metadata } = file;
    expect(Object.fromEntries(metadata)).toEqual({
      'general.architecture': 'llama',
      'test.uint8': 200,
      'test.int8': -100,
      'test.uint16': 60000,
      'test.int16': -30000,
      'test.uint32': 4000000000,
      'test.int32': -2000000000,
      'test.uint64': 2 ** 53 - 1,
      'test.int64': -(2 ** 53) + 1,
      'test.float32': Math.fround(0.1),
      'test.float64': 0.1,
      'test.bool': true,
      'test.string': 'Wal 🐋',
      'test.strings': ['Ġa', '', '<0x0A>'],
      'test.ints': [3, -4],
      'test.floats': [0.5, -2],
    });
    expect([...file.tensors.values()].map(({ name, type, shape }) => [name, type, shape])).toEqual([
      ['token_embd.weight', 'Q8_0', [3, 64]],
      ['output_norm.weight', 'F32', [3]],
      ['output.weight', 'F16', [2, 5]],
    ]);
    expect(await valuesOf(file, 'output_norm.weight')).toEqual([1, 2, 0.25]);
    expect((await valuesOf(file, 'output.weight')).slice(3, 7)).toEqual(
      [-87, -86, -26, -25].map((number) => number / 8),
    );
    const embedding = await valuesOf(file, 'token_embd.weight');
    expect(embedding.map((value) => Math.round(8 * value))).toEqual(
      Array.from({ length: 3 * 64 }, (_, i) => i - 90),
    );
  });

  it('gives whole groups of rows', async () => {
    const file = await open(small);
    for await (const piece of file.rows('token_embd.weight', 3)) expect(piece).toHaveLength(3 * 68);
    await expect(file.rows('other').next()).rejects.toThrow(
      new RangeError('model.gguf: expected a tensor other, got none'),
    );
  });

  // The last tensor ends at 1,012; what follows fills up a multiple.
  it('rejects a file truncated at any byte with one line, and allocates no memory for it', async () => {
    for (let length = 0; length < 1012; length++) {
      const error: unknown = await open(small.subarray(0, length)).catch(
        (reason: unknown) => reason,
      );
      expect(String(error)).toMatch(
        /^RangeError: model\.gguf: (.*: )?expected .*\d+.*, got (a file of )?\d+$/,
      );
    }
  });

  it('reads more if a header is longer than the first read', async () => {
    const key = 'tokenizer.ggml.tokens';
    const values = Array.from({ length: 50_000 }, (_, i) => `${i}`.padEnd(90));
    const bytes = await writtenBytes((sink) =>
      writeGguf(sink, new Map([[key, { type: 'array', of: 'string', values }]]), []),
    );
    expect(bytes.length).toBeGreaterThan(2 ** 22);
    expect((await open(bytes)).metadata.get(key)).toEqual(values);
  });
});

const U32 = (value: number): number[] => [...new Uint8Array(Uint32Array.of(value).buffer)];
const U64 = (value: bigint | number): number[] => [
  ...new Uint8Array(BigUint64Array.of(BigInt(value)).buffer),
];
const text = (value: string): number[] => {
  const bytes = [...new TextEncoder().encode(value)];
  return [...U64(bytes.length), ...bytes];
};
const head = (tensors: bigint | number, entries: bigint | number, version = 3): number[] => [
  ...[0x47, 0x47, 0x55, 0x46],
  ...U32(version),
  ...U64(tensors),
  ...U64(entries),
];
const tensor = (type: number, shape: number[], offset = 0, name = 'x'): number[] => [
  ...text(name),
  ...U32(shape.length),
  ...shape.flatMap(U64),
  ...U32(type),
  ...U64(offset),
];
const spare = new Array<number>(200).fill(0);

describe('a hostile file', () => {
  it.each<[string, number[], string]>([
    ['of nothing', [], 'expected 4 bytes of the word GGUF at 0, got a file of 0'],
    [
      'of another kind',
      [...text('PK')],
      'expected a file that begins with GGUF, got \\u0002\\u0000\\u0000\\u0000',
    ],
    ['of the first version', head(0, 0, 1), 'expected version 2 or 3 of GGUF, got 1'],
    [
      'of other byte order',
      head(0, 0, 0x03000000),
      'expected a little-endian file, got a big-endian one',
    ],
    [
      'of too many tensors',
      [...head(2n ** 40n, 0), ...spare],
      'expected at most 6 tensors, for which the file has room, got 1099511627776',
    ],
    [
      'of a count beyond all',
      [...head(2n ** 63n, 0), ...spare],
      'expected tensors below 2^53, got 9223372036854775808',
    ],
    [
      'of too many entries',
      [...head(0, 2 ** 50), ...spare],
      'expected at most 15 entries of metadata, for which the file has room, got 1125899906842624',
    ],
    [
      'of a key too long',
      [...head(0, 1), ...U64(2 ** 40), ...spare],
      'expected at most 200 bytes of a key, for which the file has room, got 1099511627776',
    ],
    [
      'of an empty key',
      [...head(0, 1), ...U64(0), ...spare],
      'expected a key of 1 to 1000 characters, got 0',
    ],
    [
      'of an unknown type',
      [...head(0, 1), ...text('k'), ...U32(13), ...spare],
      'k: expected a type below 13, got 13',
    ],
    [
      'of arrays of arrays',
      [...head(0, 1), ...text('k'), ...U32(9), ...U32(9), ...spare],
      'k: expected an array of values, got one of arrays',
    ],
    [
      'of an array too long',
      [...head(0, 1), ...text('k'), ...U32(9), ...U32(8), ...U64(99), ...spare],
      'k: expected at most 25 entries of the array, for which the file has room, got 99',
    ],
    [
      'of a truth that is none',
      [...head(0, 1), ...text('k'), ...U32(7), 2, ...spare],
      'k: expected a value of 0 or 1, got 2',
    ],
    [
      'of broken text',
      [...head(0, 1), ...text('k'), ...U32(8), ...U64(1), 0xff, ...spare],
      'k: expected a value in UTF-8, got other bytes',
    ],
    [
      'of a key twice',
      [...head(0, 2), ...[...text('k'), ...U32(7), 1], ...[...text('k'), ...U32(7), 1], ...spare],
      'expected keys that differ, got k twice',
    ],
    [
      'of an alignment that is none',
      [...head(0, 1), ...text('general.alignment'), ...U32(4), ...U32(33)],
      'general.alignment: expected a power of two up to 1048576, got 33',
    ],
    [
      'of a tensor without axes',
      [...head(1, 0), ...tensor(0, []), ...spare],
      'x: expected 1 to 4 axes, got 0',
    ],
    [
      'of a tensor with many axes',
      [...head(1, 0), ...tensor(0, [1, 1, 1, 1, 1]), ...spare],
      'x: expected 1 to 4 axes, got 5',
    ],
    [
      'of an empty tensor',
      [...head(1, 0), ...tensor(0, [4, 0]), ...spare],
      'x: expected a shape of 1 to 2^50 entries, got [0,4]',
    ],
    [
      'of a tensor beyond all',
      [...head(1, 0), ...tensor(0, [2 ** 40, 2 ** 40]), ...spare],
      'x: expected a shape of 1 to 2^50 entries, got [1099511627776,1099511627776]',
    ],
    [
      'of a type that is not read',
      [...head(1, 0), ...tensor(20, [32]), ...spare],
      'x: expected a type of F32, F16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q4_K, Q5_K, Q6_K, BF16, got IQ4_NL',
    ],
    [
      'of a type that is none',
      [...head(1, 0), ...tensor(99, [32]), ...spare],
      'x: expected a type of F32, F16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q4_K, Q5_K, Q6_K, BF16, got number 99',
    ],
    [
      'of rows that are no blocks',
      [...head(1, 0), ...tensor(8, [33]), ...spare],
      'x: expected rows of a multiple of 32 entries for Q8_0, got 33',
    ],
    [
      'of a tensor elsewhere',
      [...head(1, 0), ...tensor(0, [4], 32), ...spare],
      'x: expected to begin at byte 0 of the data, got 32',
    ],
    [
      'of tensors that overlap',
      [...head(2, 0), ...tensor(0, [16]), ...tensor(0, [4], 32, 'y'), ...spare],
      'y: expected to begin at byte 64 of the data, got 32',
    ],
    [
      'of a name twice',
      [...head(2, 0), ...tensor(0, [4]), ...tensor(0, [4], 32), ...spare],
      'expected names of tensors that differ, got x twice',
    ],
    [
      'of data that ends too early',
      [...head(1, 0), ...tensor(0, [1000]), ...spare],
      'expected a file of 4064 bytes, got 257',
    ],
    [
      'of data that does not end',
      [...head(1, 0), ...tensor(0, [4]), ...spare],
      'expected a file of 80 bytes, got 257',
    ],
  ])('%s is one line', async (_, bytes, message) => {
    await expect(open(Uint8Array.from(bytes))).rejects.toThrow(`model.gguf: ${message}`);
  });

  it('shows a name without control characters', async () => {
    const bytes = [...head(1, 0), ...tensor(99, [32], 0, '\x1b[2J'), ...spare];
    await expect(open(Uint8Array.from(bytes))).rejects.toThrow('model.gguf: \\u001b[2J: expected');
  });
});

describe('writeGguf', () => {
  it('writes every type of metadata that is read', async () => {
    const metadata = new Map<string, TypedValue>([
      ['a', { type: 'uint8', value: 255 }],
      ['b', { type: 'int16', value: -2 }],
      ['c', { type: 'int64', value: -3 }],
      ['d', { type: 'float64', value: 0.1 }],
      ['e', { type: 'bool', value: false }],
      ['f', { type: 'string', value: 'Größe' }],
      ['g', { type: 'array', of: 'int32', values: [1, -1] }],
      ['h', { type: 'array', of: 'string', values: ['', 'x'] }],
    ]);
    const rows = Float32Array.of(1, 2, 3, 4, 5, 6);
    const bytes = await writtenBytes((sink) =>
      writeGguf(sink, metadata, [
        { name: 'one', type: 'F32', shape: [2, 3], bytes: () => [new Uint8Array(rows.buffer)] },
        { name: 'two', type: 'F16', shape: [1], bytes: () => [Uint8Array.of(0, 0x3c)] },
      ]),
    );
    expect(bytes.length % 32).toBe(0);
    const file = await open(bytes);
    expect([...file.metadata.values()]).toEqual([
      255,
      -2,
      -3,
      0.1,
      false,
      'Größe',
      [1, -1],
      ['', 'x'],
    ]);
    expect(await valuesOf(file, 'one')).toEqual([...rows]);
    expect(await valuesOf(file, 'two')).toEqual([1]);
  });

  it('refuses a name twice, and bytes that do not fill a shape', async () => {
    const one = { name: 'one', type: 'F32', shape: [2, 3], bytes: () => [] } as const;
    await expect(writtenBytes((sink) => writeGguf(sink, new Map(), [one, one]))).rejects.toThrow(
      new RangeError('one: expected names of tensors that differ, got this one twice'),
    );
    await expect(writtenBytes((sink) => writeGguf(sink, new Map(), [one]))).rejects.toThrow(
      new RangeError('one: expected 24 bytes for F32 of shape [2,3], got 0'),
    );
  });
});
