import { newSeed } from './random.js';

describe('newSeed', () => {
  it('draws different integers from the whole range of 32 bits', () => {
    const seeds = Array.from({ length: 1000 }, newSeed);
    expect(seeds.every((seed) => Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32)).toBe(true);
    expect(new Set(seeds).size).toBeGreaterThan(990);
    expect(Math.max(...seeds)).toBeGreaterThan(2 ** 31); // fails by chance once in 2^1000
  });
});
