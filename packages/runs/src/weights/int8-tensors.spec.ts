import { memoryBytes } from '@ramble/core/files';
import { writtenBytes } from '@ramble/node/testing';

import { bytesOf } from '../safetensors/float-codecs.js';
import { openSafetensors, type Safetensors } from '../safetensors/open-safetensors.js';
import { type EncodedTensor, writeTensors } from '../safetensors/write-safetensors.js';

import { widenTensors } from './stored-tensors.js';

const file = async (...tensors: EncodedTensor[]): Promise<Safetensors> =>
  openSafetensors(memoryBytes('file', await writtenBytes((sink) => writeTensors(sink, tensors))));
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
      await file(
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
    const plain = await file(floats('b', [1], 7));
    expect(widenTensors(plain, [])).toBe(plain);
  });

  it('refuses a matrix without its scales, and a vector', async () => {
    const matrix = integers([1, 2], 1, 2);
    const bare = await file(matrix);
    expect(() => widenTensors(bare, [])).toThrow(
      new RangeError('file: expected w.scales as F32 of shape [1,1], got none'),
    );
    const other = await file(matrix, floats('w.scales', [2], 1, 2));
    expect(() => widenTensors(other, [])).toThrow(
      new RangeError('file: expected w.scales as F32 of shape [1,1], got F32 of shape [2]'),
    );
    const vector = await file(integers([2], 1, 2));
    expect(() => widenTensors(vector, [])).toThrow(
      new RangeError('file: expected w as a matrix, got shape [2]'),
    );
  });
});
