import fc from 'fast-check';

import { type Lifetime, planMemory } from './plan-memory.js';

const lifetimes = fc.array(
  fc
    .record({ size: fc.integer({ min: 0, max: 100 }), first: fc.nat(30), length: fc.nat(10) })
    .map(({ size, first, length }): Lifetime => ({ size, first, last: first + length })),
  { maxLength: 40 },
);

/** Returns the maximum that is needed at the same time, with each block rounded up. */
function needed(stretches: readonly Lifetime[], alignment: number): number {
  const at = (call: number): number =>
    stretches
      .filter(({ first, last }) => first <= call && call <= last)
      .reduce((sum, { size }) => sum + Math.ceil(size / alignment) * alignment, 0);
  return Math.max(0, ...Array.from({ length: 42 }, (_, call) => at(call)));
}

describe('planMemory', () => {
  it('never overlaps two blocks that are needed at the same time', () => {
    fc.assert(
      fc.property(lifetimes, fc.constantFrom(1, 16), (stretches, alignment) => {
        const { offsets, size } = planMemory(stretches, alignment);
        stretches.forEach((a, i) => {
          expect(offsets[i] % alignment).toBe(0);
          expect(offsets[i] + a.size).toBeLessThanOrEqual(size);
          stretches.slice(0, i).forEach((b, j) => {
            const together = a.first <= b.last && b.first <= a.last;
            const apart = offsets[i] >= offsets[j] + b.size || offsets[j] >= offsets[i] + a.size;
            if (together && a.size > 0 && b.size > 0) expect(apart).toBe(true);
          });
        });
        expect(size).toBeGreaterThanOrEqual(needed(stretches, alignment));
      }),
    );
  });

  it('reuses memory as soon as no call needs it', () => {
    const chain = Array.from({ length: 20 }, (_, i) => ({ size: 10, first: i, last: i + 1 }));
    expect(planMemory(chain, 1).size).toBe(20);
  });

  it('fills the narrowest gap', () => {
    const { offsets, size } = planMemory(
      [
        { size: 50, first: 0, last: 9 },
        { size: 40, first: 0, last: 1 },
        { size: 30, first: 0, last: 9 },
        { size: 20, first: 2, last: 9 },
        { size: 20, first: 2, last: 9 },
      ],
      1,
    );
    expect(offsets).toEqual([0, 50, 90, 50, 70]);
    expect(size).toBe(120);
  });

  it.each([
    ['equal stretches alone share', 12, [0, 0, 100]],
    ['all share where that would cost more than an eighth', 13, [0, 0, 0]],
  ])('%s', (_name, small, places) => {
    const { offsets } = planMemory(
      [
        { size: 100, first: 0, last: 1 },
        { size: 100, first: 2, last: 3 },
        { size: small, first: 4, last: 5 },
      ],
      1,
    );
    expect(offsets).toEqual(places);
  });
});
