import { ACCOMPANIMENT_IDS, describeMelody, encodeMelody } from './accompaniment-sections.js';

const note = (startStep: number, endStep: number, pitch: number) => {
  return { startStep, endStep, pitch, velocity: 64 };
};
const words = (...notes: ReturnType<typeof note>[]): (string | undefined)[] =>
  encodeMelody(notes).map(describeMelody);

describe('encodeMelody', () => {
  it('has a token for each 100 ms: a note, its end, or nothing new', () => {
    expect(words(note(20, 40, 60), note(40, 52, 62), note(71, 84, 64))).toEqual([
      ...['melody goes on', 'melody goes on', 'melody C4', 'melody goes on'],
      ...['melody D4', 'melody rests', 'melody goes on', 'melody E4'],
    ]);
  });

  it('cuts a note at the beginning of the next, and gives each a step', () => {
    expect(words(note(0, 90, 72), note(20, 21, 60))).toEqual([
      'melody C5',
      'melody goes on',
      'melody C4',
    ]);
  });

  it('takes the highest of the notes that begin in a step', () => {
    expect(words(note(4, 20, 60), note(0, 20, 52), note(3, 20, 57))).toEqual([
      'melody C4',
      'melody goes on',
    ]);
  });

  it('is empty for no notes', () => {
    expect(encodeMelody([])).toEqual([]);
  });
});

describe('the ids of melodies', () => {
  it('are 131 after the 389 of performances, and have words', () => {
    const all = Array.from({ length: ACCOMPANIMENT_IDS }, (_, id) => describeMelody(id));
    expect(all).toHaveLength(520);
    expect(all.slice(0, 389).every((each) => each === undefined)).toBe(true);
    expect(new Set(all.slice(389)).size).toBe(131);
    expect([389, 389 + 69, 517, 518, 519, 520].map(describeMelody)).toEqual([
      'melody C-1',
      'melody A4',
      'melody rests',
      'melody goes on',
      'performance',
      undefined,
    ]);
  });
});
