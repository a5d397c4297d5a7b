import type { BeamStep } from './output.js';
import { winningBeams } from './beam-tree.js';

/** A search of two beams: 1 2 4 wins at place 1, and 1 3 ends at the second step. */
const STEPS: readonly BeamStep[] = [
  [
    [0, 1],
    [0, 9],
  ],
  [
    [1, 8],
    [0, 3],
    [0, 2],
  ],
  [
    [0, 7],
    [2, 4],
  ],
].map((beams) => ({
  beams: beams.map(([parent = 0, id = 0]) => ({
    parent,
    token: { id, word: String(id), text: String(id) },
    score: 0,
  })),
}));

describe('winningBeams', () => {
  it('follows the tokens of the output back to the first step', () => {
    expect(winningBeams(STEPS, [1, 2, 4])).toEqual([0, 2, 1]);
  });

  it('ends at the end of the output', () => {
    expect(winningBeams(STEPS, [1, 3])).toEqual([0, 1, undefined]);
  });

  it('takes the first beam as the best until the output is known', () => {
    expect(winningBeams(STEPS, [])).toEqual([1, 0, 0]);
  });

  it('finds none of an output that grew from no beam', () => {
    expect(winningBeams(STEPS, [5])).toEqual([undefined, undefined, undefined]);
  });
});
