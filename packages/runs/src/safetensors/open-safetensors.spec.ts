import { type ByteSource, memoryBytes } from '@ramble/core/files';
import { fixturesIn } from '@ramble/node/testing';

import { openSafetensors, type Safetensors, tensorRows } from './open-safetensors.js';
import type { Dtype } from './safetensors-header.js';
import { writeSafetensors } from './write-safetensors.js';

interface Case {
  readonly name: string;
  readonly base64: string;
}
type FixtureValue = number | string | boolean;

// From the official package, safetensors 0.8.0; fixtures.
const fixtures = fixturesIn(new URL('../../fixtures/', import.meta.url)).readJson(
  'safetensors.json',
) as {
  readonly valid: readonly (Case & {
    readonly tensors: Readonly<
      Record<string, { dtype: Dtype; shape: number[]; values: FixtureValue[] }>
    >;
  })[];
  readonly malformed: readonly (Case & { readonly strict: 'reject' | 'either' })[];
  readonly mutations: readonly (Case & { readonly official: 'accept' | 'reject' })[];
};
const fileOf = ({ base64 }: Case): Uint8Array => Uint8Array.from(Buffer.from(base64, 'base64'));

/** A file with the given header, followed by 4-byte entries. */
function file(header: string, dataBytes: number): ByteSource {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return memoryBytes('model.safetensors', bytes);
}

/** Fails the test on a read beyond the end of the file. */
function watched(bytes: Uint8Array): ByteSource {
  const source = memoryBytes('model.safetensors', bytes);
  return {
    ...source,
    read: (offset, lengthBytes) => {
      expect(offset + lengthBytes).toBeLessThanOrEqual(bytes.length);
      return source.read(offset, lengthBytes);
    },
  };
}

async function readAll(source: ByteSource): Promise<Safetensors> {
  const tensors = await openSafetensors(source);
  for (const name of tensors.tensors.keys()) {
    for await (const piece of tensors.bytes(name)) expect(piece.length).toBeGreaterThan(0);
  }
  return tensors;
}

/** The entries of a tensor that is not of 16- or 32-bit floats. */
async function readOther(tensors: Safetensors, name: string): Promise<FixtureValue[]> {
  const pieces: Uint8Array[] = [];
  for await (const piece of tensors.bytes(name)) pieces.push(piece.slice());
  const bytes = Uint8Array.from(pieces.flatMap((piece) => [...piece]));
  const view = new DataView(bytes.buffer);
  const every = (size: number, read: (at: number) => FixtureValue): FixtureValue[] =>
    Array.from({ length: bytes.length / size }, (_, i) => read(i * size));
  switch (tensors.tensors.get(name)?.dtype) {
    case 'I64':
      return every(8, (at) => String(view.getBigInt64(at, true)));
    case 'F64':
      return every(8, (at) => view.getFloat64(at, true));
    case 'I32':
      return every(4, (at) => view.getInt32(at, true));
    case 'I16':
      return every(2, (at) => view.getInt16(at, true));
    case 'I8':
      return every(1, (at) => view.getInt8(at));
    default:
      return [...bytes];
  }
}

describe('openSafetensors', () => {
  it.each(fixtures.valid)('reads $name as the official reader does', async (valid) => {
    const opened = await openSafetensors(watched(fileOf(valid)));
    expect([...opened.tensors.keys()].sort()).toEqual(Object.keys(valid.tensors).sort());
    for (const [name, { dtype, shape, values }] of Object.entries(valid.tensors)) {
      expect(opened.tensors.get(name)).toMatchObject({ dtype, shape });
      if (dtype === 'F32' || dtype === 'F16' || dtype === 'BF16') {
        // The fixture has 9 digits, which is more than a float32 keeps.
        expect(await opened.read(name)).toEqual(Float32Array.from(values, Number));
      } else {
        expect((await readOther(opened, name)).map(String)).toEqual(values.map(String));
      }
    }
  });

  it('gives the metadata, which is no tensor', async () => {
    const valid = fixtures.valid.find(({ name }) => name === 'metadata')!;
    const { metadata } = await openSafetensors(watched(fileOf(valid)));
    expect([...metadata]).toEqual([
      ['format', 'pt'],
      ['note', 'ünï ☃'],
    ]);
  });

  it.each(fixtures.malformed.filter(({ strict }) => strict === 'reject'))(
    'refuses $name, names the file and reads nothing beyond its end',
    async (malformed) => {
      await expect(readAll(watched(fileOf(malformed)))).rejects.toThrow(
        /^model\.safetensors: (.*: )?expected .*/,
      );
    },
  );

  it.each(fixtures.mutations)(
    'agrees with the official reader where it refuses $name',
    async (m) => {
      const outcome = await readAll(watched(fileOf(m))).then(
        () => 'accept',
        (error: unknown) => String(error),
      );
      if (m.official === 'reject')
        expect(outcome).toMatch(/^(Type|Range)Error: model\.safetensors: /);
      else expect(outcome).toMatch(/^accept|unknown|known dtype/);
    },
  );

  it('rejects every damaged file within milliseconds', async () => {
    const all = [...fixtures.malformed, ...fixtures.mutations];
    for (const each of all) {
      const start = process.cpuUsage();
      await readAll(watched(fileOf(each))).catch((error: unknown) => {
        expect(String(error)).toMatch(/^(Type|Range)Error: model\.safetensors: (.*: )?expected /);
      });
      const { user, system } = process.cpuUsage(start);
      expect((user + system) / 1000).toBeLessThan(500); // a few; 2^32 entries of a list would take minutes
    }
    expect(all.length).toBeGreaterThan(60);
  });

  it('reads one tensor after the other, and two at once, into the same memory', async () => {
    const count = 2 ** 21 + 2 ** 20; // one piece and a half
    const at = (tensor: number): string => `[${2 * count * tensor},${2 * count * (tensor + 1)}]`;
    const entry = (name: string, tensor: number): string =>
      `"${name}":{"dtype":"I16","shape":[${count}],"data_offsets":${at(tensor)}}`;
    const source = file(`{${entry('a', 0)},${entry('b', 1)}}`, 4 * count);
    const memories = new Set<Uint8Array>();
    const opened = await openSafetensors({
      ...source,
      read: async (offset, lengthBytes, memory) => {
        const bytes = await source.read(offset, lengthBytes);
        if (memory === undefined) return bytes; // the header
        memories.add(memory);
        memory.set(bytes.fill(offset % 251)); // which tells one piece from another
        return memory.subarray(0, lengthBytes);
      },
    });
    const firstBytes = async (name: string): Promise<number[]> => {
      const bytes: number[] = [];
      let before: Uint8Array = Uint8Array.of(0);
      for await (const piece of opened.bytes(name)) {
        await new Promise((resolve) => setImmediate(resolve)); // while the next one is read
        expect(piece.at(-1)).toBe(piece[0]);
        if (bytes.length > 0)
          expect([before[0], before.at(-1)]).toEqual([bytes.at(-1), bytes.at(-1)]);
        bytes.push(piece[0]);
        before = piece;
      }
      return bytes;
    };
    const [a, b] = [await firstBytes('a'), await firstBytes('b')];
    expect(new Set([...a, ...b]).size).toBe(4);
    expect(memories.size).toBe(3);
    expect(await Promise.all([firstBytes('a'), firstBytes('b')])).toEqual([a, b]);
    expect(await Promise.all([firstBytes('b'), firstBytes('b')])).toEqual([b, b]);
    expect(memories.size).toBe(6);
  });

  it('reports a failure to read the next piece only when it is requested', async () => {
    const count = 2 ** 21 + 1;
    const source = file(
      `{"a":{"dtype":"BF16","shape":[${count}],"data_offsets":[0,${2 * count}]}}`,
      2 * count,
    );
    const opened = await openSafetensors({
      ...source,
      read: (offset, lengthBytes) =>
        lengthBytes === 2 ? Promise.reject(new Error('gone')) : source.read(offset, lengthBytes),
    });
    const pieces = opened.bytes('a');
    expect((await pieces.next()).value).toHaveLength(2 ** 22);
    await new Promise((resolve) => setImmediate(resolve));
    await expect(pieces.next()).rejects.toThrow('gone');
  });

  it.each([
    [' {}', 0, 'expected a header that begins with {'],
    ['{"a":1}', 0, 'a: expected { at character 5 of the header, got "1}"'],
    ['{"a":{"dtype":"F32"', 0, 'a: expected , or } at character 19 of the header, got its end'],
    ['{"a":{"dtype":"F33"}}', 0, 'a: expected a known dtype, got F33'],
    ['{"a":{"dtype":"F32"}}', 0, 'a: expected a shape, got none'],
    ['{"a":{"dtype":"F32","shape":[1]}}', 4, 'a: expected two data_offsets, got 0'],
    ['{"a":{"note":""}}', 0, 'a: expected dtype, shape and data_offsets, got note'],
    ['{"a":{"shape":[01]}}', 0, 'a: expected , or ] at character 16 of the header, got "1]}}"'],
    [
      '{"a":{"shape":[-1]}}',
      0,
      'a: expected an integer below 2^53 at character 15 of the header, got "-1]}}"',
    ],
    ['{"a":{"dtype":"F32","shape":[0,9007199254740991,2],"data_offsets":[0,0]}}', 0, undefined],
    [
      '{"a":{"dtype":"F32","shape":[9007199254740991,2,0],"data_offsets":[0,0]}}',
      0,
      'a: expected a shape of fewer than 2^53 entries, got [9007199254740991,2,0]',
    ],
    [
      '{"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,20]}}',
      20,
      'a: expected 24 bytes for F32 of shape [2,3], got 20',
    ],
    [
      '{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}',
      8,
      'a: expected to begin at byte 0, got 4',
    ],
    [
      '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
      3,
      'expected 4 bytes of tensors, got 3',
    ],
    [
      '{"__metadata__":{"a":"","a":""}}',
      0,
      'expected a key that differs from the earlier "a" at character 27 of the header, got ":\\"\\"}}"',
    ],
    ['{"\\ud800":{}}', 0, 'expected a string at character 2 of the header, got "\\\\ud800\\":{}}"'],
  ])('names the fault of %s in the error', async (header, dataBytes, message) => {
    const opening = openSafetensors(file(header, dataBytes));
    if (message === undefined) await opening;
    else await expect(opening).rejects.toHaveProperty('message', `model.safetensors: ${message}`);
  });

  it('rejects a file that is too short or claims a header beyond its end', async () => {
    const short = openSafetensors(memoryBytes('a.txt', new Uint8Array(7)));
    await expect(short).rejects.toThrow(
      new RangeError('a.txt: expected a safetensors file, got 7 bytes'),
    );
    const long = openSafetensors(memoryBytes('a.txt', new TextEncoder().encode('0123456789')));
    await expect(long).rejects.toThrow(
      new RangeError('a.txt: expected a header of at most 2 bytes, got 3978425819141910832'),
    );
  });

  it('refuses a header without a model, in one short line and before allocating memory', async () => {
    const refusal = async (header: string): Promise<string> =>
      openSafetensors(file(header, 0)).then(
        () => 'it opened',
        (error: unknown) => (error as Error).message, // no other is thrown
      );
    const empty = '{"dtype":"F32","shape":[0],"data_offsets":[0,0]}';
    expect(await refusal(`{"${'x'.repeat(9_000_000)}":${empty}}`)).toBe(
      `model.safetensors: expected tensor names of at most 1000 characters, got "${'x'.repeat(60)}…" of 9000000`,
    );
    const keys = Array.from({ length: 200_000 }, (_, i) => `"${i}":${empty}`);
    expect(await refusal(`{${keys.slice(0, 100_001).join()}}`)).toBe(
      'model.safetensors: expected at most 100000 keys at character 5688899 of the header, got ":{\\"dtype\\":\\"F"',
    );
    expect(await refusal(`{${keys.join()}}`)).toMatch(
      /^model\.safetensors: expected a header of at most 10000000 bytes, got 1\d{7}$/,
    );
    const axes = Array.from({ length: 100_000 }, () => 1).join();
    expect(await refusal(`{"a":{"dtype":"F32","shape":[${axes}],"data_offsets":[0,4]}}`)).toBe(
      'model.safetensors: a: expected a shape of at most 64 axes, got 100000',
    );
    expect(await refusal(`{"\\u001b[2J\\u202e":{"dtype":"\\u001b"}}`)).toBe(
      'model.safetensors: \\u001b[2J\\u202e: expected a known dtype, got \\u001b',
    );
    const nested = '['.repeat(200_000);
    expect(await refusal(`{"a":{"dtype":"F32","shape":${nested}`)).toMatch(
      /^model\.safetensors: a: expected an integer below 2\^53 at character 29 of the header, got "\[{12}"$/,
    );
  });

  it('names a tensor that is missing or cannot be read as floats', async () => {
    const opened = await openSafetensors(
      file('{"n":{"dtype":"I32","shape":[1],"data_offsets":[0,4]}}', 4),
    );
    await expect(opened.read('m')).rejects.toThrow(
      new RangeError('model.safetensors: expected a tensor m, got none'),
    );
    await expect(opened.read('n')).rejects.toThrow(
      new TypeError('model.safetensors: expected n as F32, F16 or BF16, got I32'),
    );
  });

  it('reads a big tensor in pieces of a few megabytes', async () => {
    const count = 3 * 2 ** 20 + 5;
    const source = file(
      `{"a":{"dtype":"BF16","shape":[${count}],"data_offsets":[0,${2 * count}]}}`,
      2 * count,
    );
    const sizes: number[] = [];
    const opened = await openSafetensors({
      ...source,
      read: (offset, lengthBytes) => {
        sizes.push(lengthBytes);
        return source.read(offset, lengthBytes);
      },
    });
    expect(await opened.read('a')).toHaveLength(count);
    expect(sizes.slice(2)).toEqual([2 ** 22, 2 * count - 2 ** 22]);
  });
});

const SHAPES = { long: [2, 1_100_000], many: [1000, 3001], vector: [7], word: [] };

describe('tensorRows', () => {
  async function file(dtype: 'F32' | 'BF16'): Promise<Safetensors> {
    const pieces: Uint8Array[] = [];
    const write = (bytes: Uint8Array): Promise<void> => {
      pieces.push(bytes.slice());
      return Promise.resolve();
    };
    const tensors = Object.entries(SHAPES).map(([name, shape]) => ({
      name,
      shape,
      values: () =>
        Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i)),
    }));
    await writeSafetensors({ write }, tensors, { dtype });
    const source: ByteSource = memoryBytes('m.safetensors', Uint8Array.from(Buffer.concat(pieces)));
    return openSafetensors(source);
  }

  it.each(['F32', 'BF16'] as const)('gives all of a tensor in whole rows, of %s', async (dtype) => {
    const tensors = await file(dtype);
    for (const [name, shape] of Object.entries(SHAPES)) {
      const width = shape.at(-1) ?? 1;
      const whole = await tensors.read(name);
      let at = 0;
      for await (const { firstRow, values } of tensorRows(tensors, name)) {
        expect([firstRow * width, values.length % width]).toEqual([at, 0]);
        expect(values.length).toBeLessThanOrEqual(2 * 2 ** 21 + width);
        expect(Buffer.from(values.slice().buffer).equals(Buffer.from(whole.slice(at, at + values.length).buffer))).toBe(true); // prettier-ignore
        at += values.length;
      }
      expect(at).toBe(whole.length);
    }
  });

  it('refuses a tensor that is not there', async () => {
    const rows = tensorRows(await file('F32'), 'none');
    await expect(rows.next()).rejects.toThrow(
      new RangeError('m.safetensors: expected a tensor none, got none'),
    );
  });
});
