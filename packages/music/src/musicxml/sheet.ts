/** The divisions of a quarter: all notes lie on a grid of sixteenths. */
export const SIXTEENTHS_PER_BEAT = 4;

/**
 * Lowest pitch that is written. MusicXML's lowest octave is C0's (pitch 12), and in some keys pitch
 * 12 is the B sharp of the octave below.
 */
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

/** Staves of one player or singer. */
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

/** A time signature: `beats` notes of the value `beatType` fill a bar. */
export interface SheetTime {
  /** Number of beats in a bar, at least 1: 6 of 6/8. */
  readonly beats: number;
  /** The note value of a beat, a power of two: 8 of 6/8. */
  readonly beatType: number;
}

/** New values from a position on. Absent ones stay as they are. */
export interface SheetChange {
  /** Position in sixteenths from the first bar line, at least 0. */
  readonly sixteenth: number;
  /** A bar begins at the position, and one that is not full ends there. */
  readonly time?: SheetTime;
  /** The key takes effect at the first bar line that is not before the position. */
  readonly key?: SheetKey;
  /** Tempo in quarters a minute. */
  readonly tempoBpm?: number;
}

/** Music on paper. It begins in common time. */
export interface Sheet {
  readonly title: string;
  /** Tempo at the beginning, in quarters a minute. */
  readonly tempoBpm: number;
  /** Key at the beginning. */
  readonly key: SheetKey;
  /** Changes of time signature, key and tempo, in the order of their positions; none by default. */
  readonly changes?: readonly SheetChange[];
  /** The parts, at least one. */
  readonly parts: readonly SheetPart[];
}
