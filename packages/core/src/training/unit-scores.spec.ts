import { unitScores } from './evaluation-batches.js';

describe('unitScores', () => {
  it('returns bits, a perplexity for words, nats for music, and nothing for units with a count of 0', () => {
    expect(unitScores(8 * Math.LN2, { byte: 4, word: 2, second: 2, note: 0 })).toEqual([
      { kind: 'bits', unit: 'byte', value: 2 },
      { kind: 'perplexity', unit: 'word', value: expect.closeTo(16, 9) as number },
      { kind: 'nats', unit: 'second', value: 4 * Math.LN2 },
    ]);
  });
});
