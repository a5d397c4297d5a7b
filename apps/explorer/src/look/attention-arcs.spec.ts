import { groupedBefore, seenBy } from './attention-arcs.js';

describe('seenBy', () => {
  it('has one entry per token without groups', () => {
    expect(seenBy(1, [0.25, 0.75, null])).toEqual([
      { start: 0, end: 1, weight: 0.25 },
      { start: 1, end: 2, weight: 0.75 },
      { start: 2, end: 3, weight: 0 },
    ]);
  });

  it('has the first token and the groups that are complete, with their whole weights', () => {
    const weights = [0.25 + 0.125, 0.125, 0.25, 0.25, 0, 0];
    expect(seenBy(5, weights, 2)).toEqual([
      { start: 0, end: 1, weight: 0.25 },
      { start: 0, end: 2, weight: 0.25 },
      { start: 2, end: 4, weight: 0.5 },
    ]);
    expect(seenBy(1, [1, 0, 0], 2)).toEqual([{ start: 0, end: 1, weight: 1 }]);
  });
});

describe('groupedBefore', () => {
  it('counts the tokens of complete groups', () => {
    expect([0, 2, 3, 5, 6].map((position) => groupedBefore(position, 3))).toEqual([0, 0, 3, 3, 6]);
  });
});
