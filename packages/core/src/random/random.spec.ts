import { newSeed, philox, type RandomAddress, randomAt, randomBits } from './random.js';

const address: RandomAddress = { seed: 7, purpose: 'sample', step: 3 };

describe('randomAt', () => {
  it('returns the same number for the same address and index, in any order', () => {
    const [a, b] = [randomAt(address), randomAt({ ...address })];
    const forward = [0, 1, 2, 3, 4, 5].map((i) => a.uniform(i));
    const backward = [5, 4, 3, 2, 1, 0].map((i) => b.uniform(i)).reverse();
    expect(forward).toEqual(backward);
  });

  it('returns other numbers for another seed, purpose, step or stream', () => {
    const others: RandomAddress[] = [
      address,
      { ...address, seed: 8 },
      { ...address, seed: 7 + 2 ** 32 },
      { ...address, purpose: 'batch' },
      { ...address, step: 4 },
      { ...address, stream: 1 },
    ];
    expect(new Set(others.map((other) => randomAt(other).uniform(0))).size).toBe(others.length);
  });

  it('is uniform: the mean and variance of 40,000 draws are within five sigma', () => {
    const draws = Array.from(randomBits(address, 40_000), (bits) => bits / 2 ** 32);
    const mean = draws.reduce((sum, x) => sum + x) / draws.length;
    const variance = draws.reduce((sum, x) => sum + (x - mean) ** 2, 0) / draws.length;
    expect(Math.abs(mean - 1 / 2)).toBeLessThan((5 * Math.sqrt(1 / 12)) / 200);
    expect(Math.abs(variance - 1 / 12)).toBeLessThan((5 * Math.sqrt(1 / 180)) / 200);
  });

  it('draws integers below a bound, each about equally often', () => {
    const random = randomAt(address);
    const counts = [0, 0, 0, 0, 0];
    for (let i = 0; i < 5000; i++) counts[random.integer(i, 5)]++;
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(5 * Math.sqrt(800));
  });

  it('draws normal numbers of mean 0 and variance 1', () => {
    const random = randomAt(address);
    const draws = Array.from({ length: 10_000 }, (_, i) => random.normal(i));
    const mean = draws.reduce((sum, x) => sum + x) / draws.length;
    const variance = draws.reduce((sum, x) => sum + x * x, 0) / draws.length;
    expect(Math.abs(mean)).toBeLessThan(5 / 100);
    expect(Math.abs(variance - 1)).toBeLessThan((5 * Math.SQRT2) / 100);
    expect(draws.every(Number.isFinite)).toBe(true);
  });
});

describe('randomBits', () => {
  it('returns the words from which uniform draws', () => {
    const words = randomBits(address, 6);
    expect(words).toHaveLength(6);
    words.forEach((word, i) => expect(randomAt(address).uniform(i)).toBe(word / 2 ** 32));
  });
});

describe('newSeed', () => {
  it('draws different integers from the whole range of 32 bits', () => {
    const seeds = Array.from({ length: 1000 }, newSeed);
    expect(seeds.every((seed) => Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32)).toBe(true);
    expect(new Set(seeds).size).toBeGreaterThan(990);
    expect(Math.max(...seeds)).toBeGreaterThan(2 ** 31); // fails by chance once in 2^1000
  });
});

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
