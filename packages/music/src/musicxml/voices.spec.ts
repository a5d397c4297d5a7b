import { barsOf, sheetNote as note } from '../../test/common-bars.js';
import { sheetBars, type SheetNote, type SheetTime, SIXTEENTH } from './sheet.js';
import { splitIntoSymbols } from './voices.js';

/** Lengths by bar, in sixteenths; rests are negative, `~` follows a symbol that is tied to the next. */
function shown(voice: readonly SheetNote[], bars = 1, time?: SheetTime): readonly string[] {
  return splitIntoSymbols(voice, barsOf(bars, time)).map((bar) =>
    bar
      .map(({ divisions, pitches, isTiedOn }) => {
        const sixteenths = divisions / SIXTEENTH;
        return pitches.length === 0 ? `-${sixteenths}` : `${sixteenths}${isTiedOn ? '~' : ''}`;
      })
      .join(' '),
  );
}

describe('splitIntoSymbols', () => {
  it.each([
    [0, 16, '16'],
    [0, 12, '12 -4'],
    [4, 16, '-4 12'],
    [4, 12, '-4 8 -4'],
    [2, 6, '-2 4 -2 -8'],
    [0, 7, '6~ 1 -1 -8'],
    [0, 5, '4~ 1 -1 -2 -8'],
    [1, 4, '-1 3 -4 -8'],
    [3, 5, '-2 -1 1~ 1 -1 -2 -8'],
    [6, 10, '-4 -2 2~ 2 -2 -4'],
    [2, 14, '-2 6~ 6 -2'],
    [0, 14, '12~ 2 -2'],
    [2, 5, '-2 2~ 1 -1 -2 -8'],
  ])('shows the beats of a note from %d to %d', (start, end, expected) => {
    expect(shown([note(start, end)])).toEqual([expected]);
  });

  it('ties notes over bar lines, rests without ties', () => {
    expect(shown([note(12, 50)], 5)).toEqual(['-8 -4 4~', '16~', '16~', '2 -2 -4 -8', '-16']);
    const [, second] = splitIntoSymbols([note(12, 50)], barsOf(5));
    expect(second[0]).toMatchObject({ startDivision: 0, isTiedBack: true, isTiedOn: true });
  });

  it('writes notes that begin together as a chord', () => {
    const [bar] = splitIntoSymbols([note(0, 8, 60), note(0, 8, 64), note(8, 16, 62)], barsOf(1));
    expect(bar.map(({ pitches }) => pitches)).toEqual([[60, 64], [62]]);
  });

  it.each([
    ['3/4', 0, 12, '12'],
    ['3/4', 2, 6, '-2 4 -2 -4'],
    ['3/4', 2, 12, '-2 6~ 4'],
    ['3/4', 4, 6, '-4 2 -2 -4'],
    ['3/4', 12, 13, '-12 | 1 -1 -2 -4 -4'],
    ['3/4', 10, 16, '-4 -4 -2 2~ | 4 -4 -4'],
    ['6/8', 0, 12, '12'],
    ['6/8', 4, 8, '-4 2~ 2 -2 -2'],
    ['6/8', 0, 4, '4 -2 -6'],
    ['6/8', 2, 12, '-2 4~ 6'],
    ['6/8', 10, 14, '-6 -4 2~ | 2 -2 -2 -6'],
    ['12/8', 0, 24, '24'],
    ['12/8', 4, 6, '-4 2 -6 -6 -6'],
    ['12/8', 6, 18, '-6 12 -6'],
    ['5/4', 0, 20, '16~ 4'],
    ['5/4', 14, 18, '-4 -4 -4 -2 4 -2'],
    ['5/8', 0, 10, '4~ 6'],
    ['7/8', 0, 14, '8~ 6'],
    ['2/4', 0, 8, '8'],
    ['3/8', 2, 4, '-2 2 -2'],
    ['3/2', 8, 16, '-4 -4 8 -4 -4'],
    ['3/16', 1, 2, '-1 1 -1'],
    ['3/32', 0, 1, '1 -1'],
  ])('keeps the beats of %s for a note from %d to %d', (time, start, end, expected) => {
    const [beats, beatType] = time.split('/').map(Number);
    const bars = expected.split(' | ').length;
    expect(shown([note(start, end)], bars, { beats, beatType }).join(' | ')).toBe(expected);
  });

  it('ends a bar at a change of the time signature', () => {
    const bars = sheetBars(
      {
        title: 'Study',
        tempoBpm: 120,
        key: { fifths: 0, mode: 'major' },
        changes: [
          { division: 0, time: { beats: 4, beatType: 4 } },
          { division: 20 * SIXTEENTH, time: { beats: 3, beatType: 4 } },
        ],
        parts: [],
      },
      32 * SIXTEENTH,
    );
    expect(bars.map(({ divisions, isShort }) => [divisions / SIXTEENTH, isShort])).toEqual([
      [16, false],
      [4, true],
      [12, false],
    ]);
  });
});
