import { randomAt } from '@ramble/core';

import { estimateTempo } from './beats.js';

/** Eighths at a tempo, each a little early or late, some of them left out. */
function eighths(tempo: number, loose = 0): { readonly startSeconds: number }[] {
  const random = randomAt({ seed: 3, purpose: 'sample', step: tempo });
  const places = Array.from({ length: 160 }, (_, i) => i);
  return places
    .filter((i) => i % 2 === 0 || random.uniform(i) < 0.5)
    .map((i) => {
      return { startSeconds: 1 + (i * 30) / tempo + loose * (random.uniform(1000 + i) - 0.5) };
    });
}

describe('estimateTempo', () => {
  it.each([72, 84, 96, 120, 140])('finds the beat of eighths at %d beats a minute', (tempo) => {
    expect(Math.abs(estimateTempo(eighths(tempo))! - tempo) / tempo).toBeLessThan(0.02);
    expect(Math.abs(estimateTempo(eighths(tempo, 0.03))! - tempo) / tempo).toBeLessThan(0.03);
  });

  it('follows a stretch', () => {
    const [played, slower] = [1, 1.05].map((stretch) =>
      eighths(100).map(({ startSeconds }) => ({ startSeconds: startSeconds * stretch })),
    );
    expect(estimateTempo(played)! / estimateTempo(slower)!).toBeCloseTo(1.05, 1);
  });

  it('is undefined without notes, for one chord, and for notes far apart', () => {
    for (const starts of [[], [1, 1, 1], [1, 9]]) {
      expect(estimateTempo(starts.map((startSeconds) => ({ startSeconds })))).toBeUndefined();
    }
  });
});
