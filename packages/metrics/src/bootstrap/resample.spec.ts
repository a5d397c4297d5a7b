import { readFixture } from '../../test/fixtures.js';
import { numpyRandom } from './resample.js';

const { below, draws } = readFixture('resampling') as {
  readonly below: number[];
  readonly draws: { seed: number; integers: number[][]; booleans: number[] }[];
};

describe('numpyRandom', () => {
  it.each(draws)("draws NumPy's integers and booleans of seed $seed", (expected) => {
    const random = numpyRandom(expected.seed);
    const integers = below.map((limit) => Array.from({ length: 5 }, () => random.integer(limit)));
    expect(integers).toEqual(expected.integers);
    const next = numpyRandom(expected.seed).booleans();
    expect(expected.booleans.map(() => Number(next()))).toEqual(expected.booleans);
  });
});
