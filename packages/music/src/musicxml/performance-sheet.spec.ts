import { readFixture } from '../../test/read-fixture.js';
import { parseMidi } from '../midi/parse-midi.js';
import { applyPedal } from '../notes/apply-pedal.js';
import { onGrid } from '../events/events.js';
import { assignVoices } from './assign-voices.js';
import { performanceSheet, quantizePerformance } from './sheets.js';
import type { Sheet, SheetNote } from './sheet.js';

const note = (startSixteenth: number, endSixteenth: number, pitch: number): SheetNote => {
  return { startSixteenth, endSixteenth, pitch };
};
/** Notes of these sixteenths at 120 beats a minute, 12.5 steps each, a little loose. */
const performed = (...notes: SheetNote[]) =>
  notes.map(({ startSixteenth, endSixteenth, pitch }, i) => ({
    startStep: 40 + Math.round(12.5 * startSixteenth) + (i % 3) - 1,
    endStep: 40 + Math.round(12.5 * endSixteenth) - (i % 4),
    pitch,
    velocity: 80,
  }));

describe('quantizePerformance', () => {
  it('finds the grid that a piece was played on', () => {
    const notes = Array.from({ length: 64 }, (_, i) =>
      note(2 * i, 2 * i + (i % 4 === 3 ? 1 : 2), 60 + ((5 * i) % 12)),
    );
    const beats = Array.from({ length: 32 }, (_, i) => note(4 * i, 4 * i + 4, 48 + (i % 5)));
    const quantized = quantizePerformance(performed(...notes, ...beats));
    expect(quantized.tempoBpm).toBe(120);
    const shown = (of: readonly SheetNote[]): string[] =>
      of.map((one) => [one.startSixteenth, one.endSixteenth, one.pitch].join(' ')).sort();
    expect(shown(quantized.notes)).toEqual(shown([...notes, ...beats]));
  });

  it('gives every note a sixteenth, and none of a pitch overlap', () => {
    const rows = [
      [0, 1, 60],
      [50, 120, 60],
      [100, 101, 60],
      [101, 150, 60],
    ];
    const notes = rows.map(([startStep, endStep, pitch]) => {
      return { startStep, endStep, pitch, velocity: 9 };
    });
    expect(quantizePerformance(notes).notes).toEqual([
      note(0, 1, 60),
      note(4, 8, 60),
      note(8, 12, 60),
    ]);
    expect(quantizePerformance([])).toEqual({ tempoBpm: 120, notes: [] });
  });
});

describe('assignVoices', () => {
  it('keeps the notes that fit into two voices, the higher of two chords in the first', () => {
    const melody = [note(0, 8, 72), note(0, 2, 64), note(2, 4, 65), note(8, 10, 70)];
    expect(assignVoices(melody)).toEqual([
      [note(0, 8, 72), note(8, 10, 70)],
      [note(0, 2, 64), note(2, 4, 65)],
    ]);
  });

  it('makes a chord of notes of about one length, as long as its shortest', () => {
    expect(assignVoices([note(0, 8, 60), note(0, 6, 64), note(0, 2, 67)])).toEqual([
      [note(0, 2, 67)],
      [note(0, 6, 60), note(0, 6, 64)],
    ]);
  });

  it('cuts the note that ends first if both voices sound', () => {
    const [first, second] = assignVoices([note(0, 9, 60), note(1, 7, 62), note(2, 4, 64)]);
    expect(first).toEqual([note(0, 9, 60)]);
    expect(second).toEqual([note(1, 2, 62), note(2, 4, 64)]);
  });
});

describe('performanceSheet', () => {
  const sheetOf = (name: string): Sheet => {
    const piece = parseMidi(name, readFixture(`real/${name}.mid`));
    return performanceSheet(onGrid(applyPedal(piece)));
  };

  it.each([
    ['bach-prelude-c-major-bwv846', 0], // C major
    ['peacherine-rag', -3], // E flat major
    ['satie-gymnopedie-no1', 2], // D major
  ])('finds the key of %s', (name, fifths) => {
    expect(sheetOf(name).key).toEqual({ fifths, mode: 'major' });
  });

  it('gives the right hand middle C and above', () => {
    const [right, left] = sheetOf('peacherine-rag').parts[0].staves.map(({ clef, voices }) => {
      const pitches = voices.flat().map(({ pitch }) => pitch);
      return [clef, Math.min(...pitches), Math.max(...pitches)];
    });
    expect([right[0], right[1], left[0], left[2]]).toEqual(['treble', 60, 'bass', 59]);
  });

  it("leaves out notes below MusicXML's lowest pitch", () => {
    const notes = [12, 13].map((pitch) => ({ startStep: 0, endStep: 9, pitch, velocity: 64 }));
    const [, left] = performanceSheet(notes).parts[0].staves;
    expect(left.voices.flat().map(({ pitch }) => pitch)).toEqual([13]);
  });
});
