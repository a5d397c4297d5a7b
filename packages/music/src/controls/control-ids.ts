import { END, pitchClassName } from '../events/events.js';
import { chromas, type Note } from '../notes/note.js';
import { TEMPO_RANGE } from './beats.js';

/** Number of chords with a name: a major and a minor one on each pitch class. */
const CHORDS = 24;
const MINOR = CHORDS / 2;
const FLATS: Readonly<Record<string, string>> = {
  Db: 'C#',
  Eb: 'D#',
  Gb: 'F#',
  Ab: 'G#',
  Bb: 'A#',
};

/**
 * Returns the name of a chord from its number: 0 to 11 are the major chords from C up (6 is `F#`), 12 to 23 the minor
 * chords (21 is `Am`).
 */
export function chordName(chord: number): string {
  return `${pitchClassName(chord % MINOR)}${chord < MINOR ? '' : 'm'}`;
}

const NUMBERS = new Map(Array.from({ length: CHORDS }, (_, chord) => [chordName(chord), chord]));

/**
 * Parses a list of chords, such as `C,Am,F,G`, into chord numbers (see `chordName`); roots may be flat.
 *
 * @throws RangeError for an unknown name or an empty list.
 */
export function parseChords(name: string, text: string): number[] {
  return text.split(',').map((word) => {
    const [, root, minor] = /^([A-G][#b]?)(m?)$/.exec(word.trim()) ?? [];
    const chord = NUMBERS.get(`${FLATS[root] ?? root}${minor}`);
    if (chord !== undefined) return chord;
    throw new RangeError(
      `${name}: expected major and minor chords such as C,Am,F#m,Bb, got ${JSON.stringify(word)}`,
    );
  });
}

/** Length in seconds of the windows in which chords are detected. */
const WINDOW_SECONDS = 1;
/** Maximum number of returned chords, and the minimum fraction of the seconds whose chord each is. */
const [MOST, LEAST_SHARE] = [4, 0.05];

/** Pitch classes of each chord: root, third and fifth. */
const TRIADS = Array.from({ length: CHORDS }, (_, chord) => {
  const root = chord % 12;
  return [root, (root + (chord < 12 ? 4 : 3)) % 12, (root + 7) % 12];
});

/**
 * Returns the numbers (see `chordName`) of the most frequent chords, at most four, the most frequent first. Each is
 * the chord of at least 5 % of the seconds. The chord of a second is the major or minor triad whose pitch classes sound
 * longest in it. The third and the fifth count for at most the time in which the root sounds.
 */
export function mainChords(notes: readonly Note[]): number[] {
  const seconds = new Float64Array(CHORDS);
  const sounding = notes.map(({ startSeconds: start, endSeconds: end, pitch }) => {
    return { start, end, pitch };
  });
  const windows = chromas(sounding, WINDOW_SECONDS);
  for (const chroma of windows.values()) seconds[likestTriad(chroma)]++;
  return Array.from(seconds.keys())
    .filter((chord) => seconds[chord] >= LEAST_SHARE * Math.max(1, windows.size))
    .sort((a, b) => seconds[b] - seconds[a] || a - b)
    .slice(0, MOST);
}

function likestTriad(chroma: Float64Array): number {
  let [best, max] = [0, -1];
  TRIADS.forEach(([root, third, fifth], chord) => {
    const sounds =
      chroma[root] + Math.min(chroma[third], chroma[root]) + Math.min(chroma[fifth], chroma[root]);
    if (sounds > max) [best, max] = [chord, sounds];
  });
  return best;
}

/** Properties of a performance that a prompt may set for a model with controls. */
export interface Controls {
  /** Number of notes per second. */
  readonly density?: number;
  /** Tempo in beats per minute. */
  readonly tempo?: number;
  /** Numbers of the main chords (see `chordName`), most frequent first. */
  readonly chords?: readonly number[];
}

/** One kind of control, such as tempo, and its tokens. */
interface ControlKind {
  readonly name: keyof Controls;
  /** Number of the control's tokens. */
  readonly count: number;
  /** Returns the indices of the tokens for a prompt's values; `undefined` if the prompt does not set this control. */
  readonly asked: (controls: Controls) => readonly number[] | undefined;
  /** Returns the text that describes a token after the control's name: `4 to 5 notes a second`. */
  readonly describe: (token: number) => string;
}

/** Number of tempo classes in an octave (from one tempo to its double). */
const TEMPOS_IN_AN_OCTAVE = 6;
const [SLOWEST, FASTEST] = TEMPO_RANGE;
const DENSITIES = [0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20];
const TEMPOS = Array.from(
  { length: Math.ceil(TEMPOS_IN_AN_OCTAVE * Math.log2(FASTEST / SLOWEST)) },
  (_, i) => SLOWEST * 2 ** (i / TEMPOS_IN_AN_OCTAVE),
);

/** The controls in the order of their tokens before a piece. */
const KINDS: readonly ControlKind[] = [
  classes('density', DENSITIES, 'notes a second'),
  classes('tempo', TEMPOS, 'beats a minute'),
  { name: 'chords', count: CHORDS, asked: ({ chords }) => chords, describe: chordName },
];

/** The names of the controls, in the order of their tokens before a piece. */
export const CONTROL_NAMES = KINDS.map(({ name }) => name);

/**
 * Makes the control of a number that is quantized into classes, one token each. A class ends where the next one starts;
 * the first one and the last one are unbounded.
 */
function classes(name: 'density' | 'tempo', starts: readonly number[], unit: string): ControlKind {
  return {
    name,
    count: starts.length,
    asked: ({ [name]: value }) =>
      value === undefined
        ? undefined
        : [Math.max(0, starts.filter((start) => start <= value).length - 1)],
    describe: (token) => {
      const start = Math.round(starts[token]);
      const end = token + 1 < starts.length ? `to ${Math.round(starts[token + 1])}` : 'or more';
      return `${start} ${end} ${unit}`;
    },
  };
}

const FIRST_ID = END + 1;

/** Kind and token index of each control id, in the order of the ids. */
const TOKENS = KINDS.flatMap((kind) =>
  Array.from({ length: kind.count }, (_, token) => ({ kind, token })),
);

/** Vocabulary size of a domain with controls: the event ids, `END` and the control ids. */
export const CONTROLLED_IDS = FIRST_ID + TOKENS.length;

/**
 * Returns the ids of the tokens for the values of controls, in the order in which they precede a piece.
 *
 * @param names - Names of the controls to use.
 */
export function controlIds(controls: Controls, names = CONTROL_NAMES): number[] {
  return KINDS.filter(({ name }) => names.includes(name)).flatMap((kind) => {
    const first = FIRST_ID + TOKENS.findIndex((each) => each.kind === kind);
    return (kind.asked(controls) ?? []).map((token) => first + token);
  });
}

/**
 * Checks that a prompt has no controls, for a model that was trained without controls.
 *
 * @throws RangeError that names the first control, if the prompt has any.
 */
export function refuseControls(controls: Controls): void {
  const kind = KINDS.find(({ asked }) => asked(controls) !== undefined);
  if (!kind) return;
  throw new RangeError(
    `${kind.name}: expected a model that was trained with controls, got one without`,
  );
}

/**
 * Describes the id of a control for people: `density 4 to 5 notes a second`, `chords Am`.
 *
 * @returns `undefined` if the id is not a control.
 */
export function describeControl(id: number): string | undefined {
  const found = id < FIRST_ID ? undefined : TOKENS.at(id - FIRST_ID);
  return found && `${found.kind.name} ${found.kind.describe(found.token)}`;
}
