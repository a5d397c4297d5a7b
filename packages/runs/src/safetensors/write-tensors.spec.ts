import { memoryBytes } from '@ramble/core/files';
import { writtenBytes } from '@ramble/node/testing';

import { openSafetensors } from './open-safetensors.js';
import { type EncodedTensor, writeTensors } from './write-safetensors.js';

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
