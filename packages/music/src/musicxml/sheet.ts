/** The divisions of a quarter: all notes lie on a grid of sixteenths. */
export const SIXTEENTHS_PER_BEAT = 4;
/** A bar has four quarters. */
export const SIXTEENTHS_PER_BAR = 4 * SIXTEENTHS_PER_BEAT;

/** MusicXML has no octave below that of C0, 12, and in some keys that is B sharp of the octave below. */
export const LOWEST_PITCH = 13;

/** A note on the grid of sixteenths, counted from the first bar line. */
export interface SheetNote {
  readonly startSixteenth: number;
  /** Later than the start. */
  readonly endSixteenth: number;
  /** `LOWEST_PITCH` to 127; middle C is 60. */
  readonly pitch: number;
}

/** Notes in the order of their starts: those that start together end together, no others overlap. */
export type Voice = readonly SheetNote[];

/** A clef, on a line that is counted from below; `treble8` sounds an octave lower, as tenors sing it. */
export type Clef = 'treble' | 'treble8' | 'bass';

/** A staff of five lines. */
export interface Staff {
  readonly clef: Clef;
  /** The first has the stems up. */
  readonly voices: readonly Voice[];
}

/** What one player or singer reads. */
export interface SheetPart {
  readonly name: string;
  readonly staves: readonly Staff[];
}

/** A key signature, and which of its two keys is meant. */
export interface SheetKey {
  /** Number of sharps; of flats if it is negative. */
  readonly fifths: number;
  readonly mode: 'major' | 'minor';
}

/** Music on paper, in common time. */
export interface Sheet {
  readonly title: string;
  readonly tempoBpm: number;
  readonly key: SheetKey;
  /** The parts, at least one. */
  readonly parts: readonly SheetPart[];
}
