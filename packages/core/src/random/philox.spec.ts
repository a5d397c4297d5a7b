import { philox } from './random.js';

describe('philox', () => {
  // Known answers of Random123's kat_vectors for philox4x32-10.
  const pi = [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0];
  const ones = new Array<number>(6).fill(0xffffffff);
  it.each([
    [
      [0, 0, 0, 0, 0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [ones, [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]],
    [pi, [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1]],
  ])('returns the published answer for %j', ([c0, c1, c2, c3, k0, k1], expected) => {
    const out = new Uint32Array(6);
    philox(c0, c1, c2, c3, k0, k1, out, 1);
    expect([...out]).toEqual([0, ...expected, 0]);
  });
});
