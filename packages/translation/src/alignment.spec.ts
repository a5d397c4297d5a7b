import { alignmentOf } from './alignment.js';

const WORDS = ['" red"', '" cat"', '<2fr>', '" chat"', '" rou"'];
const tokens = WORDS.map((word, token) => ({ word, token }));
/**
 * Two layers of two heads; the attention weights over the source encode layer, head and position.
 */
const attention = [0, 1].map((layer) =>
  [0, 1].map((head) =>
    WORDS.map((_, position) =>
      Float32Array.from(WORDS, (_, seen) =>
        seen < 2 ? (position + seen + head) / (10 + 10 * layer) : 0,
      ),
    ),
  ),
);
const { source, output, grids } = alignmentOf({ tokens, attention });

describe('alignmentOf', () => {
  it('has a row for each token of the output and the next, a column for each of the source', () => {
    expect([source, output]).toEqual([
      ['␣red', '␣cat'],
      ['␣chat', '␣rou', '…'],
    ]);
    expect(grids.map(({ name }) => name)).toEqual(['mean of all layers', 'layer 0', 'layer 1']);
    for (const { weights } of grids) expect(weights.map(({ length }) => length)).toEqual([2, 2, 2]);
  });

  it('shows the attention when a token was chosen: from the previous position, over all heads', () => {
    // The tag, at position 2, chose the first one: heads give (2 + seen) / 10 and (3 + seen) / 10.
    expect(grids[1].weights[0]).toEqual([expect.closeTo(0.25), expect.closeTo(0.35)]);
    expect(grids[2].weights[0][0]).toBeCloseTo(0.125);
    expect(grids[0].weights[0][0]).toBeCloseTo(0.1875);
  });

  it('needs a tag', () => {
    expect(() => alignmentOf({ tokens: tokens.slice(0, 2), attention })).toThrow(
      new RangeError('prompt: expected a tag such as <2fr> after a source, got none'),
    );
  });
});
