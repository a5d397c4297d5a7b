import { keyScale, MUSIC_KEYS, type MusicKey } from './performance-state.js';

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
