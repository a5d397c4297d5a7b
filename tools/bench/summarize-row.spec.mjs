import { describe, expect, it } from '@jest/globals';

import { summarizeRow } from './summarize-row.mjs';

const versions = {};

describe('summarizeRow', () => {
  it("takes medians and bests of all steps, and a peer's time relative to native's", () => {
    const native = { versions, turns: [{ milliseconds: [3, 1] }, { milliseconds: [2] }] };
    const torch = {
      versions,
      turns: [
        { milliseconds: [9], peakMegabytes: 7 },
        { milliseconds: [5, 7], peakMegabytes: 8 },
      ],
    };
    expect(summarizeRow({ native, torch })).toEqual({
      native: { medianMilliseconds: 2, bestMilliseconds: 1 },
      torch: { medianMilliseconds: 7, bestMilliseconds: 5, peakMegabytes: 8 },
      speed: { torch: 3.5 },
    });
  });

  it('compares products with the best peer of each, and takes the geometric mean', () => {
    const turnsOf = (...speeds) => ({
      versions,
      turns: speeds.map(([small, large]) => [
        { name: 'small', gigaflops: small },
        { name: 'large', gigaflops: large },
      ]),
    });
    const row = summarizeRow({
      native: turnsOf([10, 80], [30, 90], [20, 80]),
      mkl: turnsOf([40, 10], [40, 20], [40, 30]),
      blis: turnsOf([5, 40], [5, 40], [5, 50]),
    });
    expect(row.native.products).toEqual({
      small: { medianGigaflops: 20, bestGigaflops: 30 },
      large: { medianGigaflops: 80, bestGigaflops: 90 },
    });
    expect(row.speed).toEqual({ small: 0.5, large: 2, 'geometric mean': 1 });
  });

  it("computes the best step's fraction of the memory's limit", () => {
    const native = {
      versions,
      turns: [
        { milliseconds: 12, stepMegabytes: 100, tokensPerSecond: 83 },
        { milliseconds: 10, stepMegabytes: 100, tokensPerSecond: 100 },
      ],
    };
    const memory = { versions, turns: [{ gigabytesPerSecond: 20 }, { gigabytesPerSecond: 10 }] };
    expect(summarizeRow({ native, memory })).toEqual({
      native: { medianMilliseconds: 12, bestMilliseconds: 10, tokensPerSecond: 100 },
      limit: { gigabytesPerSecond: 20, milliseconds: 5, share: 0.5 },
    });
  });
});
