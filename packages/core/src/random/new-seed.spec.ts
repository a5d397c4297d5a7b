import { newSeed } from './random.js';

describe('newSeed', () => {
  it('draws integers of 32 bits that use the whole range, each time others', () => {
    const seeds = Array.from({ length: 1000 }, newSeed);
    expect(seeds.every((seed) => Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32)).toBe(true);
    expect(new Set(seeds).size).toBeGreaterThan(990);
    expect(Math.max(...seeds)).toBeGreaterThan(2 ** 31); // by chance alone once in 2^1000
  });
});
