import {
  keyScale,
  lengthPrior,
  MUSIC_KEYS,
  type MusicKey,
  stateAfter,
} from './performance-state.js';

const classes = (key: MusicKey): number[] => [...keyScale(key)].sort((a, b) => a - b);

describe('keyScale', () => {
  it('has the notes of a key', () => {
    expect(classes('c-major')).toEqual([0, 2, 4, 5, 7, 9, 11]);
    expect(classes('g-major')).toEqual([0, 2, 4, 6, 7, 9, 11]);
    expect(classes('b-flat-major')).toEqual([0, 2, 3, 5, 7, 9, 10]);
    expect(classes('c-flat-major')).toEqual(classes('b-major'));
  });

  it('has both sevenths in minor', () => {
    expect(classes('a-minor')).toEqual([0, 2, 4, 5, 7, 8, 9, 11]);
  });

  it('accepts every key by its name', () => {
    expect(MUSIC_KEYS).toHaveLength(42);
    expect(() => keyScale('h-dur' as MusicKey)).toThrow(
      new RangeError(`key: expected one of ${MUSIC_KEYS.join(', ')}, got h-dur`),
    );
  });
});

/** A note of a second and one of half a second, both still sounding. */
const state = stateAfter({ tokens: [388, 387, 60, 305, 64, 305] });

describe('lengthPrior', () => {
  it('raises the logits of ends by -log(share of notes that are longer)', () => {
    const prior = lengthPrior({ medianNoteSeconds: 0.5, longNoteSeconds: 1 }, 1)!;
    const [[first, nats], [second, fewer]] = Array.from(prior(state));
    expect([first, second]).toEqual([128 + 60, 128 + 64]);
    expect(nats).toBeCloseTo(-Math.log(0.005), 9);
    expect(fewer).toBeCloseTo(-Math.log(0.5), 9);
  });

  it('scales them by its strength', () => {
    const lengths = { medianNoteSeconds: 0.5, longNoteSeconds: 1 };
    const [[, nats]] = Array.from(lengthPrior(lengths, 0.5)!(state));
    expect(nats).toBeCloseTo(-Math.log(0.005) / 2, 9);
    expect(lengthPrior(lengths, 0)).toBeUndefined();
  });

  it('is exponential without a median, and undefined without lengths', () => {
    const [[, nats], [, half]] = Array.from(lengthPrior({ longNoteSeconds: 2 }, 1)!(state));
    expect(nats).toBeCloseTo(-Math.log(0.005) / 2, 9);
    expect(half).toBeCloseTo(nats / 2, 9);
    expect(lengthPrior({}, 1)).toBeUndefined();
  });
});
