import { estimateKey } from './spell-pitch.js';

const notes = (...pitches: number[]) =>
  pitches.map((pitch, i) => ({ startSixteenth: i, endSixteenth: i + 1, pitch }));
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
