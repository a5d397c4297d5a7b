import { randomAt } from '@ramble/core';

import { copiedShare, copiesAmong, selfSimilarity } from './copied-share.js';
import type { SoundingPiece } from './polyphony.js';

const count = (from: number, length: number): number[] =>
  Array.from({ length }, (_, i) => from + i);

describe('copiedShare', () => {
  it('is the share of the spans of 32 events that occur in the known sequences', () => {
    const known = [count(0, 100), count(200, 40)];
    // 40 known events have 9 spans; the spans across the boundary are new.
    expect(copiedShare([[...count(10, 40), ...count(300, 33)]], known)).toBeCloseTo(9 / 42, 12);
    expect(copiedShare([count(0, 100), count(300, 100)], known)).toBe(0.5);
  });

  it('is 0 if an event of each span differs, and 1 for a copy', () => {
    const known = [count(0, 64)];
    expect(copiedShare([count(0, 64)], known)).toBe(1);
    expect(copiedShare([count(0, 64).map((id, i) => (i % 31 === 30 ? 0 : id))], known)).toBe(0);
  });

  it('finds copies in another key if transpositions are given', () => {
    const piece = count(30, 40);
    const higher = piece.map((id) => id + 2);
    expect(copiedShare([higher], [piece])).toBeLessThan(1);
    expect(copiedShare([higher], [piece, higher])).toBe(1);
  });

  it('is 0 for pieces shorter than a span, and accepts long pieces', () => {
    expect(copiedShare([count(0, 31)], [count(0, 100)])).toBe(0);
    const long = Array.from({ length: 300_000 }, (_, i) => i % 389);
    expect(copiedShare([long], [long])).toBe(1);
  });
});

describe('copiesAmong', () => {
  const copies = copiesAmong((piece: { readonly ids: readonly number[] }) => piece.ids);
  const [one, two] = [{ ids: count(0, 64) }, { ids: count(32, 64) }];

  it('does not count a piece of the data as its own copy', () => {
    // Of the 33 spans of each sequence, the last or the first occurs in the other.
    expect(copies([one, two], [one, two])).toBeCloseTo(2 / 66, 12);
    expect(copies([one], [one])).toBe(0);
  });

  it('finds spans that occur in several pieces of the data', () => {
    expect(copies([{ ids: count(32, 32) }], [one, two])).toBe(1);
  });
});

const random = randomAt({ seed: 5, purpose: 'sample', step: 0 });
/** Four notes in each window of two seconds. */
const playing = (seconds: number, pitchAt: (index: number) => number) => ({
  notes: Array.from({ length: 2 * seconds }, (_, i) => {
    return { start: i / 2, end: (i + 1) / 2, pitch: pitchAt(i) };
  }),
  length: seconds,
});
const similarity = (piece: SoundingPiece): number | undefined => selfSimilarity(piece, 2);

describe('selfSimilarity', () => {
  it('is 1 for music that repeats after 8 to 32 seconds', () => {
    for (const period of [16, 32, 60]) {
      const melody = Array.from({ length: period }, (_, i) => 60 + random.integer(i, 12));
      const notes = playing(120, (i) => melody[i % period]);
      expect(similarity(notes)).toBeGreaterThan(0.85);
    }
    expect(similarity(playing(60, () => 60))).toBe(1);
  });

  it('is lower for random notes, and 0 without repetition', () => {
    expect(similarity(playing(60, (i) => 60 + random.integer(i, 12)))).toBeLessThan(0.8);
    const rising = playing(22, (i) => 60 + Math.floor(i / 4));
    expect(similarity(rising)).toBe(0);
  });

  it('is undefined for a short piece', () => {
    expect(similarity({ notes: [], length: 0 })).toBeUndefined();
    expect(similarity(playing(8, () => 60))).toBeUndefined();
  });
});
