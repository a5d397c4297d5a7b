import { promptLookup } from './prompt-lookup.js';

describe('promptLookup', () => {
  it('guesses what followed the longest earlier match of the end, of equals the latest', () => {
    const lookup = promptLookup(2);
    expect(lookup.draft([1, 2, 3, 9, 2, 3, 7, 8, 1, 2, 3], 5)).toEqual([9, 2]);
    lookup.learn(2);
    expect(lookup.draft([4, 5, 6, 4, 5, 7, 8, 4, 5], 5)).toEqual([7, 8]);
  });

  it('guesses nothing behind what never came before, and no more than it may', () => {
    const lookup = promptLookup(4);
    expect(lookup.draft([1, 2, 3, 4, 2], 5)).toEqual([]); // one token is no match
    expect(lookup.draft([1, 2, 3, 4, 1, 2], 1)).toEqual([3]);
    lookup.learn(1);
    expect(lookup.draft([1, 2, 3, 4, 1, 2], 0)).toEqual([]);
    expect(lookup.draft([], 3)).toEqual([]);
  });

  it('guesses more while guesses come true, less when they do not, and counts both', () => {
    const lookup = promptLookup(6);
    const tokens = Array.from({ length: 40 }, (_, i) => i % 8);
    const drafted = [];
    for (const accepted of [4, 6, 2, 2, 4]) {
      drafted.push(lookup.draft(tokens, 99).length);
      lookup.learn(accepted);
    }
    expect(drafted).toEqual([4, 6, 6, 2, 4]);
    expect([lookup.drafted, lookup.accepted]).toEqual([22, 18]);
  });

  it('pauses after failures, twice as long each time, until a guess comes true', () => {
    const lookup = promptLookup(6);
    const tokens = [1, 2, 3, 1, 2];
    const steps: number[] = [];
    for (let step = 0; step < 200; step++) {
      if (lookup.draft(tokens, 99).length > 0) steps.push(step);
      lookup.learn(0);
    }
    expect(steps.map((step, i) => step - (steps[i - 1] ?? 0))).toEqual([
      0, 2, 3, 5, 9, 17, 33, 65, 65,
    ]);
    while (lookup.draft(tokens, 99).length === 0);
    lookup.learn(1);
    expect(lookup.draft(tokens, 99)).toHaveLength(2);
  });
});
