import type { PromptAttention } from '@ramble/core/study';

import { locateNotes, type NoteAttention, noteAttention } from './note-attention.js';

const [END, LOUD, HALF, C, E, C_OFF, E_OFF] = [388, 387, 305, 60, 64, 188, 192];

describe('locateNotes', () => {
  it('finds notes and their tokens: velocity, on and off', () => {
    expect(locateNotes([END, LOUD, C, E, HALF, C_OFF, 363, C, HALF])).toEqual(
      [
        ...[
          { startStep: 0, endStep: 50, pitch: 60, velocity: 125, tokens: [1, 2, 5], struckAt: 2 },
        ],
        ...[{ startStep: 0, endStep: 100, pitch: 64, velocity: 125, tokens: [3], struckAt: 3 }],
        ...[{ startStep: 50, endStep: 100, pitch: 60, velocity: 29, tokens: [6, 7], struckAt: 7 }],
      ].map((note) => ({ ...note, isMelody: false })),
    );
  });

  it('gives the last note a length, and ignores ends without a note', () => {
    expect(locateNotes([END, E_OFF, C]).map(({ endStep }) => endStep)).toEqual([10]);
  });

  it("finds the notes of a melody, and the performance's notes from its beginning", () => {
    const melody = [389 + C, 518, 517, 389 + E, 518]; // C4 for 200 ms, a rest, E4
    const notes = locateNotes([END, ...melody, 519, LOUD, C, HALF, C_OFF]);
    expect(notes.map(({ isMelody, startStep, endStep }) => [isMelody, startStep, endStep])).toEqual(
      [
        [true, 0, 20],
        [true, 30, 50],
        [false, 0, 50],
      ],
    );
  });
});

/** Attention between the notes of ids. */
function attentionOf(
  ids: readonly number[],
  attention: PromptAttention['attention'],
): NoteAttention {
  return noteAttention({ tokens: ids.map((token) => ({ token, word: `${token}` })), attention });
}

describe('noteAttention', () => {
  it("sums each head's attention to the tokens of an earlier note", () => {
    const ids = [END, LOUD, C, HALF, C_OFF, E];
    const row = Float32Array.of(0.05, 0.1, 0.2, 0.3, 0.25, 0.1);
    const other = Float32Array.of(0.5, 0, 0.004, 0.4, 0.005, 0.091);
    const head = (last: Float32Array): Float32Array[] => [
      ...ids.slice(1).map(() => new Float32Array(6)),
      last,
    ];
    const { notes, nHead, layers } = attentionOf(ids, [[head(row), head(other)]]);
    expect([notes.length, nHead]).toEqual([2, 2]);
    expect(layers).toEqual([[[], [0, 0, 550]]]); // below a hundredth is nothing
  });

  it('keeps the ten strongest of a head, the strongest first', () => {
    const ids = [LOUD, ...Array.from({ length: 13 }, (_, i) => 60 + i)];
    const rows = ids.map((_, i) =>
      Float32Array.from(ids, (__, seen) => (seen <= i ? seen / 100 : 0)),
    );
    const { layers } = attentionOf(ids, [[rows]]);
    const last = layers[0][12];
    expect(last).toHaveLength(30);
    expect(last.slice(0, 6)).toEqual([0, 11, 120, 0, 10, 110]);
  });

  it('needs a note', () => {
    expect(() => attentionOf([END, LOUD], [[[], []]])).toThrow(
      new RangeError('prompt: expected at least one note, got none'),
    );
  });
});
