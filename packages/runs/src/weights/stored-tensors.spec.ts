import type { ParameterSpec } from '@ramble/core/engine';
import { memoryBytes } from '@ramble/core/files';
import { FORMATS, matrixShape } from '@ramble/core/weights';
import { writtenBytes } from '@ramble/node/testing';

import { openSafetensors, type Safetensors } from '../safetensors/open-safetensors.js';
import { type EncodedTensor, writeTensors } from '../safetensors/write-safetensors.js';
import { bytesOf } from '../safetensors/float-codecs.js';
import { copiedBlocks, widenTensors } from './stored-tensors.js';

const initializer = { kind: 'constant', value: 0 } as const;
const layer: ParameterSpec = { name: 'a.weight', shape: [70, 35], initializer };
const tokens: ParameterSpec = { name: 't.weight', shape: [35, 70], initializer, rows: 'tokens' };
const positions: ParameterSpec = { ...tokens, rows: 'positions' };
const values = Float32Array.from({ length: 35 * 70 }, (_, i) => Math.sin(i * i));

const fileOf = async (...tensors: EncodedTensor[]): Promise<Safetensors> =>
  openSafetensors(memoryBytes('file', await writtenBytes((sink) => writeTensors(sink, tensors))));
const blocksOf = (spec: ParameterSpec, kind: 'q4' | 'q8'): Uint8Array => {
  const matrix = FORMATS[kind].matrix(matrixShape(spec));
  matrix.writeRows(0, values);
  return matrix.stored.array;
};
const tensor = (name: string, shape: readonly number[], bytes: Uint8Array): EncodedTensor => {
  return { name, dtype: 'U8', shape, bytes: () => [bytes] };
};

describe('widenTensors, of blocks', () => {
  it.each([
    ['q4', layer, [3, 3, 320]],
    ['q8', layer, [3, 3, 544]],
    ['q4', tokens, [3, 3, 320]],
  ] as const)('reads %s as the floats that they stand for', async (kind, spec, shape) => {
    const blocks = blocksOf(spec, kind);
    const wide = widenTensors(await fileOf(tensor(spec.name, shape, blocks)), [spec]);
    expect(wide.tensors.get(spec.name)).toMatchObject({ dtype: 'F32', shape: spec.shape });
    const expected = FORMATS[kind].matrix(matrixShape(spec));
    expected.stored.array.set(blocks);
    expect(await wide.read(spec.name)).toEqual(expected.readRows(0, spec.shape[0]));
  });

  it('refuses blocks of another matrix, and of a table that has none', async () => {
    const blocks = blocksOf(layer, 'q4');
    const other = await fileOf(tensor('a.weight', [9, 320], blocks));
    expect(() => widenTensors(other, [layer])).toThrow(
      new RangeError('file: expected a.weight as blocks of shape [3,3,320], got U8 of [9,320]'),
    );
    const table = await fileOf(tensor('t.weight', [3, 3, 320], blocks));
    expect(() => widenTensors(table, [positions])).toThrow(
      new RangeError('file: expected t.weight as floats, got U8 of [3,3,320]'),
    );
  });
});

describe('copiedBlocks', () => {
  const copied = async (blocks: Uint8Array): Promise<Uint8Array> => {
    const file = await fileOf(tensor('a.weight', [3, 3, 320], blocks));
    const entry = file.tensors.get('a.weight');
    if (!entry) throw new Error('expected the tensor that was written');
    const pieces: Uint8Array[] = [];
    for await (const piece of copiedBlocks(file, entry).bytes()) pieces.push(piece.slice());
    return Buffer.concat(pieces);
  };

  it('passes blocks on as they are', async () => {
    const blocks = blocksOf(layer, 'q4');
    expect(Buffer.from(blocks).equals(await copied(blocks))).toBe(true);
  });

  it('refuses a scale or a minimum that is not finite', async () => {
    for (const byte of [320 + 1, 8 * 320 + 63]) {
      const blocks = blocksOf(layer, 'q4');
      blocks[byte] = 0xfc;
      await expect(copied(blocks)).rejects.toThrow(
        new RangeError(`file: expected finite scales in a.weight, got one at byte ${byte - 1}`),
      );
    }
    const blocks = blocksOf(layer, 'q4');
    blocks[64 + 1] = 0xfc; // numbers, which may be anything
    expect(Buffer.from(blocks).equals(await copied(blocks))).toBe(true);
  });
});

const integers = (shape: readonly number[], ...values: number[]): EncodedTensor => ({
  name: 'w',
  dtype: 'I8',
  shape,
  bytes: () => [bytesOf(Int8Array.from(values))],
});
const floats = (name: string, shape: readonly number[], ...values: number[]): EncodedTensor => ({
  name,
  dtype: 'F32',
  shape,
  bytes: () => [bytesOf(Float32Array.from(values))],
});

describe('widenTensors, of int8', () => {
  it('multiplies every group of 64 with its scale', async () => {
    const row = Array.from({ length: 66 }, (_, i) => i - 33);
    const wide = widenTensors(
      await fileOf(
        integers([2, 66], ...row, ...row),
        floats('w.scales', [2, 2], 1, 2, 3, 4),
        floats('b', [1], 7),
      ),
      [],
    );
    expect([...wide.tensors.keys()]).toEqual(['w', 'b']);
    const scaled = (first: number, last: number): number[] =>
      row.map((value, i) => value * (i < 64 ? first : last));
    expect([...(await wide.read('w'))]).toEqual([...scaled(1, 2), ...scaled(3, 4)]);
    expect([...(await wide.read('b'))]).toEqual([7]);
  });

  it('returns a file without such matrices unchanged', async () => {
    const plain = await fileOf(floats('b', [1], 7));
    expect(widenTensors(plain, [])).toBe(plain);
  });

  it('refuses a matrix without its scales, and a vector', async () => {
    const matrix = integers([1, 2], 1, 2);
    const bare = await fileOf(matrix);
    expect(() => widenTensors(bare, [])).toThrow(
      new RangeError('file: expected w.scales as F32 of shape [1,1], got none'),
    );
    const other = await fileOf(matrix, floats('w.scales', [2], 1, 2));
    expect(() => widenTensors(other, [])).toThrow(
      new RangeError('file: expected w.scales as F32 of shape [1,1], got F32 of shape [2]'),
    );
    const vector = await fileOf(integers([2], 1, 2));
    expect(() => widenTensors(vector, [])).toThrow(
      new RangeError('file: expected w as a matrix, got shape [2]'),
    );
  });
});
