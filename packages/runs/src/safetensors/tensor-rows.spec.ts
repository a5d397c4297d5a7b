import { type ByteSource, memoryBytes } from '@ramble/core/files';

import { openSafetensors, type Safetensors, tensorRows } from './open-safetensors.js';
import { writeSafetensors } from './write-safetensors.js';

const SHAPES = { long: [2, 1_100_000], many: [1000, 3001], vector: [7], word: [] };

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

describe('tensorRows', () => {
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
