import type { SheetNote } from './sheet.js';
import { splitIntoSymbols } from './split-into-symbols.js';

const note = (startSixteenth: number, endSixteenth: number, pitch = 60): SheetNote => {
  return { startSixteenth, endSixteenth, pitch };
};
/** Lengths by bar; rests are negative, `~` stands after what is tied on. */
function shown(voice: readonly SheetNote[], bars = 1): readonly string[] {
  return splitIntoSymbols(voice, bars).map((bar) =>
    bar
      .map(({ sixteenths, pitches, isTiedOn }) =>
        pitches.length === 0 ? `-${sixteenths}` : `${sixteenths}${isTiedOn ? '~' : ''}`,
      )
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
    const [, second] = splitIntoSymbols([note(12, 50)], 5);
    expect(second[0]).toMatchObject({ startSixteenth: 0, isTiedBack: true, isTiedOn: true });
  });

  it('writes notes that begin together as a chord', () => {
    const [bar] = splitIntoSymbols([note(0, 8, 60), note(0, 8, 64), note(8, 16, 62)], 1);
    expect(bar.map(({ pitches }) => pitches)).toEqual([[60, 64], [62]]);
  });
});
