import { fixturesIn } from '@ramble/node/testing';

import { decodeBlocks, encodeBlocks, type TensorType } from './tensor-types.js';

interface Blocks {
  readonly blocks: string;
  readonly values: string;
}

// From the Python package gguf; fixtures/make-blocks.py.
const { types, q8 } = fixturesIn(new URL('../../../fixtures/gguf/', import.meta.url)).readJson(
  'blocks.json',
) as { types: Record<TensorType, Blocks>; q8: Blocks };
const bytesOf = (base64: string): Uint8Array => Uint8Array.from(Buffer.from(base64, 'base64'));
const floatsOf = (base64: string): Float32Array => new Float32Array(bytesOf(base64).buffer);

describe('decodeBlocks', () => {
  it.each(Object.entries(types))(
    'reads %s as the Python package does, to the bit',
    (type, file) => {
      const expected = floatsOf(file.values);
      const values = new Float32Array(expected.length);
      decodeBlocks(type as TensorType, bytesOf(file.blocks), values);
      expect(values).toEqual(expected);
      expect(new Set(values).size).toBeGreaterThan(40);
    },
  );

  it('reads F32 without a change', () => {
    const values = new Float32Array(3);
    decodeBlocks('F32', new Uint8Array(Float32Array.of(1, -0.1, 1e-30).buffer), values);
    expect(values).toEqual(Float32Array.of(1, -0.1, 1e-30));
  });
});

describe('encodeBlocks', () => {
  it('writes Q8_0 as the Python package does, to the bit', () => {
    expect(encodeBlocks('Q8_0', floatsOf(q8.values))).toEqual(bytesOf(q8.blocks));
  });

  it('writes halves in F16 and refuses what they cannot hold', () => {
    expect(encodeBlocks('F16', Float32Array.of(1, -2))).toEqual(Uint8Array.of(0, 0x3c, 0, 0xc0));
    const tooLarge = new RangeError('expected numbers of at most 65504 for f16, got 70000');
    expect(() => encodeBlocks('F16', Float32Array.of(70000))).toThrow(tooLarge);
    const scale = 70000 * 127;
    expect(() => encodeBlocks('Q8_0', new Float32Array(32).fill(scale))).toThrow(tooLarge);
  });
});
