import { describeRanks } from './report-words.js';

describe('describeRanks', () => {
  it('names each machine once', () => {
    expect(describeRanks({ hosts: ['ant', 'ant', 'bee'], waitedShare: 0.0312 })).toBe(
      '3 ranks on ant, bee, 3.1 % of the time waiting for sums',
    );
  });
});
