import { barsOf, sheetNote } from '../../test/common-bars.js';
import { estimateKey, keyAlter, spellPitch, writtenPitches } from './spell-pitch.js';
import { splitIntoSymbols } from './voices.js';

const C_MAJOR = { fifths: 0, mode: 'major' } as const;
const SIGNS: Readonly<Record<number, string>> = { [-2]: 'bb', [-1]: 'b', 0: '', 1: '#', 2: 'x' };

function names(fifths: number, mode: 'major' | 'minor' = 'major'): string {
  const pitches = Array.from({ length: 12 }, (_, i) => 60 + i);
  return pitches
    .map((pitch) => {
      const { letter, alter, octave } = spellPitch(pitch, { fifths, mode });
      return `${letter}${SIGNS[alter]}${octave}`;
    })
    .join(' ');
}

describe('spellPitch', () => {
  it('follows the key', () => {
    expect(names(0)).toBe('C4 C#4 D4 Eb4 E4 F4 F#4 G4 G#4 A4 Bb4 B4');
    expect(names(4)).toBe('B#3 C#4 D4 D#4 E4 E#4 F#4 G4 G#4 A4 A#4 B4');
    expect(names(-5)).toBe('C4 Db4 D4 Eb4 Fb4 F4 Gb4 G4 Ab4 A4 Bb4 Cb5');
    expect(names(6)).toBe('B#3 C#4 Cx4 D#4 E4 E#4 F#4 Fx4 G#4 A4 A#4 B4');
  });

  it('has the raised fourth, sixth and seventh in minor, as Für Elise does', () => {
    expect(names(0, 'minor')).toBe('C4 C#4 D4 D#4 E4 F4 F#4 G4 G#4 A4 Bb4 B4');
    expect(names(-3, 'minor')).toBe('C4 Db4 D4 Eb4 E4 F4 F#4 G4 Ab4 A4 Bb4 B4');
    expect(names(1, 'minor')).toBe('C4 C#4 D4 D#4 E4 F4 F#4 G4 G#4 A4 A#4 B4');
  });

  it('keeps every pitch, in every key', () => {
    const natural = { C: 0, D: 2, E: 4, F: 5, G: 7, A: 9, B: 11 };
    const keys = Array.from({ length: 30 }, (_, i) => {
      return { fifths: (i % 15) - 7, mode: i < 15 ? 'major' : 'minor' } as const;
    });
    for (const key of keys) {
      for (let pitch = 0; pitch < 128; pitch++) {
        const { letter, alter, octave } = spellPitch(pitch, key);
        expect(12 * (octave + 1) + natural[letter] + alter).toBe(pitch);
        expect(Math.abs(alter)).toBeLessThanOrEqual(2);
      }
    }
  });
});

describe('keyAlter', () => {
  it('is the signature: sharps from F on, flats from B on', () => {
    const letters = ['F', 'C', 'G', 'D', 'A', 'E', 'B'] as const;
    const signature = (fifths: number): string =>
      letters.map((letter) => SIGNS[keyAlter(letter, fifths)] || '.').join('');
    expect([-7, -2, 0, 3, 7].map(signature)).toEqual([
      ...['bbbbbbb', '.....bb', '.......', '###....', '#######'],
    ]);
  });
});

describe('writtenPitches', () => {
  const quarter = (beat: number, pitch: number) => sheetNote(4 * beat, 4 * beat + 4, pitch);
  const accidentals = (fifths: number, ...pitches: number[]): string[] => {
    const [bar] = splitIntoSymbols(
      pitches.map((pitch, beat) => quarter(beat, pitch)),
      barsOf(1),
    );
    const written = writtenPitches([bar], { fifths, mode: 'major' });
    return bar.flatMap((symbol) => (written.get(symbol) ?? []).map((of) => of.accidental ?? ''));
  };

  it('writes an accidental that differs from the key and the bar, for its octave alone', () => {
    expect(accidentals(1, 66, 65, 65, 66)).toEqual(['', 'natural', '', 'sharp']);
    expect(accidentals(0, 66, 78, 66, 65)).toEqual(['sharp', 'sharp', '', 'natural']);
    expect(accidentals(6, 62, 61, 67, 67)).toEqual(['double-sharp', 'sharp', 'double-sharp', '']);
  });

  it('sees other voices of the staff, in the order of time', () => {
    const [first] = splitIntoSymbols([quarter(0, 60), quarter(2, 61)], barsOf(1));
    const [second] = splitIntoSymbols([quarter(1, 61), quarter(3, 60)], barsOf(1));
    const written = writtenPitches([first, second], C_MAJOR);
    const signs = [first[2], second[1], second[3]].map(
      (symbol) => written.get(symbol)?.at(0)?.accidental,
    );
    expect(signs).toEqual([undefined, 'sharp', 'natural']);
  });

  it('writes none before a note that is tied', () => {
    const held = [sheetNote(12, 20, 61), quarter(6, 61)];
    const [, bar] = splitIntoSymbols(held, barsOf(2));
    const written = writtenPitches([bar], C_MAJOR);
    expect([...written.values()].flat().map((of) => of.accidental)).toEqual([undefined, 'sharp']);
  });
});

const notes = (...pitches: number[]) => pitches.map((pitch, i) => sheetNote(i, i + 1, pitch));
/** Twinkle, twinkle, little star; and the beginning of the Art of Fugue. */
const MAJOR = [60, 60, 67, 67, 69, 69, 67, 65, 65, 64, 64, 62, 62, 60];
const MINOR = [62, 69, 65, 62, 61, 62, 64, 65, 67, 65, 64, 62];

describe('estimateKey', () => {
  it('finds the key of a tune wherever it begins', () => {
    // Major keys from C on, then minor keys from D minor on.
    const fifths = [0, -5, 2, -3, 4, -1, 6, 1, -4, 3, -2, 5];
    for (let up = 0; up < 12; up++) {
      expect(estimateKey(notes(...MAJOR.map((pitch) => pitch + up)))).toEqual({
        fifths: fifths[up],
        mode: 'major',
      });
      expect(estimateKey(notes(...MINOR.map((pitch) => pitch + up)))).toEqual({
        fifths: fifths[(up + 5) % 12],
        mode: 'minor',
      });
    }
  });

  it('is C major without evidence', () => {
    expect(estimateKey([])).toEqual({ fifths: 0, mode: 'major' });
    expect(estimateKey(notes(...Array.from({ length: 12 }, (_, i) => 60 + i)))).toEqual({
      fifths: 0,
      mode: 'major',
    });
  });
});
