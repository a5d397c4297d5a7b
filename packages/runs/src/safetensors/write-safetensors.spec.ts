import { memoryBytes } from '@ramble/core/files';
import fc from 'fast-check';
import { writtenBytes } from '@ramble/node/testing';

import { openSafetensors } from './open-safetensors.js';
import {
  type EncodedTensor,
  type TensorToWrite,
  type WriteOptions,
  writeSafetensors,
  writeTensors,
} from './write-safetensors.js';

async function write(
  tensors: readonly TensorToWrite[],
  options?: WriteOptions,
): Promise<{ bytes: Uint8Array; largestPiece: number }> {
  const pieces: Buffer[] = [];
  await writeSafetensors(
    {
      write: (bytes) => {
        pieces.push(Buffer.from(bytes));
        return Promise.resolve();
      },
    },
    tensors,
    options,
  );
  const largestPiece = Math.max(...pieces.map(({ length }) => length));
  return { bytes: Uint8Array.from(Buffer.concat(pieces)), largestPiece };
}
const tensor = (name: string, shape: readonly number[], ...values: number[]): TensorToWrite => ({
  name,
  shape,
  values: () => Float32Array.from(values),
});

describe('writeSafetensors', () => {
  it('writes the bytes that the format requires', async () => {
    const { bytes } = await write([tensor('a', [2, 1], 1, -2), tensor('b', [], 0.5)]);
    const header =
      '{"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},' +
      '"b":{"dtype":"F32","shape":[],"data_offsets":[8,12]}}   ';
    expect(header.length % 8).toBe(0);
    const expected = Buffer.concat([
      Buffer.from([header.length, 0, 0, 0, 0, 0, 0, 0]),
      Buffer.from(header),
      Buffer.from(Float32Array.of(1, -2, 0.5).buffer),
    ]);
    expect(Buffer.from(bytes).equals(expected)).toBe(true);
  });

  it('is read back with any names, shapes, values and metadata', async () => {
    const anyTensor = fc.array(fc.nat(4), { maxLength: 3 }).chain((shape) =>
      fc.record({
        name: fc.string({ unit: 'grapheme' }),
        shape: fc.constant(shape),
        values: fc.float32Array({
          minLength: shape.reduce((size, length) => size * length, 1),
          maxLength: shape.reduce((size, length) => size * length, 1),
        }),
      }),
    );
    const anyTensors = fc.uniqueArray(anyTensor, { selector: ({ name }) => name });
    await fc.assert(
      fc.asyncProperty(
        anyTensors,
        fc.dictionary(fc.string(), fc.string()),
        async (all, metadata) => {
          const tensors = all.map(({ name, shape, values }) => ({
            name,
            shape,
            values: () => values,
          }));
          const { bytes } = await write(tensors, { metadata });
          const read = await openSafetensors(memoryBytes('file', bytes));
          expect(Object.fromEntries(read.metadata)).toEqual(metadata);
          expect(read.tensors.size).toBe(all.length);
          for (const { name, shape, values } of all) {
            expect(read.tensors.get(name)?.shape).toEqual(shape);
            expect(await read.read(name)).toEqual(values);
          }
        },
      ),
    );
  });

  it('rounds to 16 bits on request', async () => {
    for (const dtype of ['F16', 'BF16'] as const) {
      const { bytes } = await write([tensor('a', [3], 1 / 3, 0.5, -60017)], { dtype });
      const read = await openSafetensors(memoryBytes('file', bytes));
      expect(read.tensors.get('a')?.dtype).toBe(dtype);
      const expected = dtype === 'F16' ? [0.333251953125, 0.5, -60032] : [0.333984375, 0.5, -59904];
      expect([...(await read.read('a'))]).toEqual(expected);
    }
  });

  it('refuses numbers outside the range of 16 bits', async () => {
    await expect(write([tensor('a', [2], 1, -70000)], { dtype: 'F16' })).rejects.toHaveProperty(
      'message',
      'a: expected numbers of at most 65504 for f16, got -70000',
    );
  });

  it('writes names that mean something to JavaScript', async () => {
    const names = ['__proto__', 'constructor', '"\\\n'];
    const { bytes } = await write(names.map((name) => tensor(name, [1], 1)));
    const read = await openSafetensors(memoryBytes('file', bytes));
    expect([...read.tensors.keys()]).toEqual(names);
  });

  it('requests one tensor at a time and writes it in pieces', async () => {
    let requests = 0;
    const big = Array.from({ length: 3 }, (_, i) => ({
      name: `${i}`,
      shape: [2 ** 20 + 1],
      values: () => {
        expect(requests++).toBe(i);
        return new Float32Array(2 ** 20 + 1);
      },
    }));
    const { bytes, largestPiece } = await write(big);
    expect(largestPiece).toBe(2 ** 22);
    expect(bytes.length).toBeGreaterThan(3 * 2 ** 22);
  });

  it('refuses a name twice, the name of the metadata, and values that do not fill the shape', async () => {
    await expect(write([tensor('a', [1], 1), tensor('a', [1], 1)])).rejects.toThrow(
      new RangeError('a: expected distinct tensor names, got this one twice'),
    );
    await expect(write([tensor('__metadata__', [1], 1)])).rejects.toThrow(
      new RangeError('__metadata__: expected distinct tensor names, got this one twice'),
    );
    await expect(write([tensor('a', [2, 3], 1)])).rejects.toThrow(
      new RangeError('a: expected 6 values for shape [2,3], got 1'),
    );
  });
});

const bytesOfFile = (tensors: readonly EncodedTensor[]): Promise<Uint8Array> =>
  writtenBytes((sink) => writeTensors(sink, tensors));

describe('writeTensors', () => {
  it('writes tensors of different types side by side, in pieces of any length', async () => {
    const bytes = await bytesOfFile([
      {
        name: 'n',
        dtype: 'I8',
        shape: [3],
        bytes: () => [Uint8Array.of(1, 255), Uint8Array.of(3)],
      },
      { name: 'h', dtype: 'F16', shape: [1, 1], bytes: () => [Uint8Array.of(0, 0x3c)] },
      { name: 'none', dtype: 'F32', shape: [0], bytes: () => [] },
    ]);
    const read = await openSafetensors(memoryBytes('file', bytes));
    expect([...read.tensors.values()].map(({ dtype, start, end }) => [dtype, start, end])).toEqual([
      ['I8', 0, 3],
      ['F16', 3, 5],
      ['F32', 5, 5],
    ]);
    expect([...(await read.read('h'))]).toEqual([1]);
    for await (const piece of read.bytes('n')) expect([...piece]).toEqual([1, 255, 3]);
  });

  it('makes a piece while the one before is written, and stops at the first that cannot be', async () => {
    const steps: string[] = [];
    let written = 0;
    const sink = {
      write: async () => {
        const number = written++;
        await new Promise((resolve) => setImmediate(resolve));
        if (number === 2) throw new Error('disk full');
        steps.push(`wrote ${number}`);
      },
    };
    function* bytes(): Generator<Uint8Array> {
      for (let piece = 1; piece <= 4; piece++) {
        steps.push(`made ${piece}`);
        yield Uint8Array.of(piece);
      }
    }
    const tensor = { name: 'n', dtype: 'I8' as const, shape: [4], bytes };
    await expect(writeTensors(sink, [tensor])).rejects.toThrow('disk full');
    expect(steps).toEqual(['made 1', 'wrote 0', 'made 2', 'wrote 1', 'made 3']);
  });

  it('refuses bytes that do not fill the shape', async () => {
    const short = { name: 'n', dtype: 'I8' as const, shape: [2], bytes: () => [Uint8Array.of(1)] };
    await expect(bytesOfFile([short])).rejects.toThrow(
      new RangeError('n: expected 2 bytes for I8 of shape [2], got 1'),
    );
  });
});
