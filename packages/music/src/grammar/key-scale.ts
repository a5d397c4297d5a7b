/** Letters and their pitch classes. */
const LETTERS = { c: 0, d: 2, e: 4, f: 5, g: 7, a: 9, b: 11 } as const;
const ACCIDENTALS = { '': 0, '-sharp': 1, '-flat': -1 } as const;
/** Steps of a major scale, and of a minor one with its natural and its raised seventh. */
const MODES = { major: [0, 2, 4, 5, 7, 9, 11], minor: [0, 2, 3, 5, 7, 8, 10, 11] } as const;

/** A key by name: `c-major`, `f-sharp-minor`, `b-flat-major`. */
export type MusicKey = `${keyof typeof LETTERS}${keyof typeof ACCIDENTALS}-${keyof typeof MODES}`;

/** Pitch classes of every key, 0 for C. */
const SCALES = new Map<string, ReadonlySet<number>>(
  Object.entries(LETTERS).flatMap(([letter, natural]) =>
    Object.entries(ACCIDENTALS).flatMap(([accidental, shift]) =>
      Object.entries(MODES).map(
        ([mode, steps]) =>
          [
            `${letter}${accidental}-${mode}`,
            new Set(steps.map((step) => (natural + shift + step + 12) % 12)),
          ] as const,
      ),
    ),
  ),
);

/** The names of all keys. */
export const MUSIC_KEYS = [...SCALES.keys()] as readonly MusicKey[]; // made of these parts

/** The pitch classes of a key, 0 for C. */
export function keyScale(key: MusicKey): ReadonlySet<number> {
  const scale = SCALES.get(key);
  if (scale) return scale;
  throw new RangeError(`key: expected one of ${MUSIC_KEYS.join(', ')}, got ${key}`);
}
