import { barsOf, sheetNote } from '../../test/common-bars.js';
import { beamsOf } from './write-staff-bar.js';
import type { SheetTime } from './sheet.js';
import { splitIntoSymbols } from './voices.js';

/** Beams of notes of these lengths from the beginning of a bar; negative ones are rests. */
function shown(...lengths: number[]): readonly string[] {
  return shownIn({ beats: 4, beatType: 4 }, ...lengths);
}

function shownIn(time: SheetTime, ...lengths: number[]): readonly string[] {
  const bars = barsOf(1, time);
  let at = 0;
  const voice = lengths.flatMap((length) => {
    const start = at;
    at += Math.abs(length);
    return length > 0 ? [sheetNote(start, at)] : [];
  });
  return beamsOf(splitIntoSymbols(voice, bars)[0], bars[0].beats)
    .slice(0, lengths.length)
    .map((beams) => beams.join(', '));
}

describe('beamsOf', () => {
  it('joins eighths and sixteenths within a beat', () => {
    expect(shown(2, 2, 2, 2)).toEqual(['begin', 'end', 'begin', 'end']);
    expect(shown(1, 1, 2)).toEqual(['begin, begin', 'continue, end', 'end']);
    expect(shown(1, 1, 1, 1)).toEqual([
      'begin, begin',
      'continue, continue',
      'continue, continue',
      'end, end',
    ]);
  });

  it('hooks a lone sixteenth to its neighbour', () => {
    expect(shown(3, 1)).toEqual(['begin', 'end, backward hook']);
    expect(shown(1, 3)).toEqual(['begin, forward hook', 'end']);
    expect(shown(1, 2, 1)).toEqual(['begin, forward hook', 'continue', 'end, backward hook']);
  });

  it('joins neither quarters nor over rests', () => {
    expect(shown(4, 2, -2, 1, -1, 2)).toEqual(['', '', '', '', '', '']);
  });

  it.each([
    [6, 8, [3, 3]],
    [9, 8, [3, 3, 3]],
    [3, 8, [3]],
    [3, 4, [2, 2, 2]],
    [5, 8, [2, 3]],
    [7, 8, [2, 2, 3]],
    [2, 2, [2, 2, 2, 2]],
  ])('joins the eighths of %d/%d in groups of %j', (beats, beatType, groups) => {
    const eighths = Array.from({ length: groups.reduce((a, b) => a + b) }, () => 2);
    const expected = groups.flatMap((count) => [
      'begin',
      ...Array.from({ length: count - 2 }, () => 'continue'),
      'end',
    ]);
    expect(shownIn({ beats, beatType }, ...eighths)).toEqual(expected);
  });
});
