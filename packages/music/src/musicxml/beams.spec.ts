import { beamsOf } from './beams.js';
import { splitIntoSymbols } from './split-into-symbols.js';

/** Beams of notes of these lengths from the beginning of a bar; negative ones are rests. */
function shown(...lengths: number[]): readonly string[] {
  let at = 0;
  const voice = lengths.flatMap((length) => {
    const startSixteenth = at;
    at += Math.abs(length);
    return length > 0 ? [{ startSixteenth, endSixteenth: at, pitch: 60 }] : [];
  });
  return beamsOf(splitIntoSymbols(voice, 1)[0])
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
});
