import fc from 'fast-check';

describe('property tests', () => {
  it('make the same values each time, or the values of RAMBLE_PROPERTY_SEED', () => {
    const seed = Number(process.env.RAMBLE_PROPERTY_SEED ?? 1);
    expect(fc.readConfigureGlobal().seed).toBe(seed);
    const values: number[] = [];
    fc.assert(
      fc.property(fc.integer(), (value) => void values.push(value)),
      { numRuns: 5 },
    );
    const again: number[] = [];
    fc.assert(
      fc.property(fc.integer(), (value) => void again.push(value)),
      { numRuns: 5, seed },
    );
    expect(values).toEqual(again);
  });
});
