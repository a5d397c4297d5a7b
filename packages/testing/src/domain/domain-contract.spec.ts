import { randomAt } from '@ramble/core';

import { mutateTokens, MUTATIONS } from './domain-contract.js';

describe('mutateTokens', () => {
  const random = { ...randomAt({ seed: 0, purpose: 'sample', step: 0 }), integer: () => 1 };
  const mutations = (tokens: number[]): number[][] =>
    Array.from({ length: MUTATIONS }, (_, kind) => mutateTokens(tokens, kind, 9, random));

  it('makes one fault of each kind, in this case at the second token', () => {
    expect(mutations([5, 6, 7])).toEqual([
      [5, 7],
      [5, 6, 6, 7],
      [5, 7, 6],
      [5, 1, 7],
      [5],
      [5, 6, 7, 1],
    ]);
  });

  it('accepts sequences that are too short for a fault', () => {
    expect(mutations([])).toEqual([[], [], [], [1], [], [1]]);
  });
});
