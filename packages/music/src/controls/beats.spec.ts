import { randomAt } from '@ramble/core';

import { estimateTempo, trackBeats } from './beats.js';

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

/** Notes on most eighths, each a little early or late, of beats at these seconds. */
function played(beats: readonly number[]) {
  const random = randomAt({ seed: 5, purpose: 'sample', step: 1 });
  return beats.slice(1).flatMap((beat, i) => {
    const half = (beats[i] + beat) / 2;
    return [beats[i], ...(random.uniform(2 * i) < 0.6 ? [half] : [])].map((at, n) => {
      const startSeconds = at + 0.02 * (random.uniform(1000 + 2 * i + n) - 0.5);
      return { startSeconds, endSeconds: startSeconds + 0.2 };
    });
  });
}

describe('trackBeats', () => {
  it('follows beats that slow down by a fifth', () => {
    const beats = [1];
    for (let i = 0; i < 60; i++) beats.push(beats[i] + 0.5 + i / 600);
    const found = trackBeats(played(beats));
    const steps = beats.slice(0, 60).map((beat) => 100 * beat);
    const missed = steps.filter((step) => !found.some((at) => Math.abs(at - step) <= 6));
    expect(missed).toEqual([]);
    expect(Math.abs(found.length - beats.length)).toBeLessThanOrEqual(1);
  });

  it('covers notes from before the first to the end of the last', () => {
    const notes = [...played([2, 2.5, 3, 3.5, 4]), { startSeconds: 3.5, endSeconds: 9.2 }];
    const found = trackBeats(notes);
    expect(found[0]).toBeLessThanOrEqual(201);
    expect(found.at(-1)).toBeGreaterThanOrEqual(920);
    expect(found.slice(1).every((beat, i) => beat > found[i])).toBe(true);
  });

  it('begins with the first note without a tempo', () => {
    expect(trackBeats([{ startSeconds: 1, endSeconds: 2.2 }])).toEqual([100, 150, 200, 250]);
    expect(trackBeats([])).toEqual([0, 50]);
  });
});
