import { drawAlignment } from './draw-alignment.js';

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
const svg = drawAlignment({ tokens, attention }, 'A <run>');

describe('drawAlignment', () => {
  const shares = (grid: number): string[] => {
    const group = svg.split('<g ')[grid + 1];
    return Array.from(group.matchAll(/<title>([^<]*)<\/title>/g), ([, tip]) => tip);
  };

  it('draws a row for each token of the output and the next, a column for each of the source', () => {
    expect(shares(1).map((tip) => tip.replace(/:.*/, ''))).toEqual([
      '␣chat ← ␣red',
      '␣chat ← ␣cat',
      '␣rou ← ␣red',
      '␣rou ← ␣cat',
      '… ← ␣red',
      '… ← ␣cat',
    ]);
  });

  it('shows what was read when a token was chosen: by the position before it, over all heads', () => {
    // The tag, at position 2, chose the first one: heads give (2 + seen) / 10 and (3 + seen) / 10.
    expect(shares(1).slice(0, 2)).toEqual(['␣chat ← ␣red: 25.0 %', '␣chat ← ␣cat: 35.0 %']);
    expect(shares(2)[0]).toBe('␣chat ← ␣red: 12.5 %');
    expect(shares(0)[0]).toBe('␣chat ← ␣red: 18.8 %');
  });

  it('is one picture, whose title is text', () => {
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    expect(svg).toContain('<title>A &lt;run&gt;: alignment</title>');
    expect(svg.match(/<g /g)).toHaveLength(3);
  });

  it('needs a tag', () => {
    expect(() => drawAlignment({ tokens: tokens.slice(0, 2), attention }, '')).toThrow(
      new RangeError('prompt: expected a tag such as <2fr> after a source, got none'),
    );
  });
});
