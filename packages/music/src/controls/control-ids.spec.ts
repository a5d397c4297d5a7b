import { chordName, mainChords, parseChords } from './control-ids.js';

const velocity = 64;
/** Chords of some pitches, one after another, each so many seconds long. */
function played(...chords: (readonly [seconds: number, ...pitches: number[]])[]) {
  let now = 0;
  return chords.flatMap(([seconds, ...pitches]) => {
    const [startSeconds, endSeconds] = [now, (now += seconds)];
    return pitches.map((pitch) => ({ pitch, startSeconds, endSeconds, velocity }));
  });
}
const namesOf = (...chords: Parameters<typeof played>): string[] =>
  mainChords(played(...chords)).map(chordName);

describe('mainChords', () => {
  it('names the triads that sound longest, most first, in any inversion', () => {
    expect(namesOf([2, 60, 64, 67], [4, 57, 60, 64], [1, 65, 69, 72])).toEqual(['Am', 'C', 'F']);
    expect(namesOf([2, 52, 55, 60], [3, 61, 66, 70])).toEqual(['F#', 'C']);
  });

  it('finds a triad in broken chords, and among other notes', () => {
    const broken = [60, 64, 67, 72, 67, 64, 60, 64].map((pitch) => [0.25, pitch] as const);
    expect(namesOf(...broken)).toEqual(['C']);
    const passing = { pitch: 62, startSeconds: 0.4, endSeconds: 0.6, velocity };
    expect(mainChords([...played([1, 45, 60, 64, 69]), passing]).map(chordName)).toEqual(['Am']);
  });

  it('returns at most four chords, and no rare one', () => {
    const roots = [60, 62, 65, 67, 69].map((root, i) => [5 - i, root, root + 4, root + 7] as const);
    expect(namesOf(...roots)).toEqual(['C', 'D', 'F', 'G']);
    expect(namesOf([30, 60, 64, 67], [1, 62, 65, 69])).toEqual(['C']);
    expect(mainChords([])).toEqual([]);
  });
});

describe('parseChords', () => {
  it('reads names with sharps and flats', () => {
    expect(parseChords('chords', 'C, Am,F#m,Bb').map(chordName)).toEqual(['C', 'Am', 'F#m', 'A#']);
  });

  it.each(['', 'H', 'C7', 'c', 'C;F', 'Cb'])('refuses %j', (text) => {
    expect(() => parseChords('chords', text)).toThrow(
      new RangeError(
        `chords: expected major and minor chords such as C,Am,F#m,Bb, got ${JSON.stringify(text)}`,
      ),
    );
  });
});
