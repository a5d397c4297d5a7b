/** Number of divisions of a quarter, the unit of all positions and lengths: sixteenths have 3, triplet eighths 4. */
export const QUARTER = 12;
/** Lengths of a sixteenth, an eighth and a whole note in divisions (12 per quarter). */
export const [SIXTEENTH, EIGHTH, WHOLE] = [QUARTER / 4, QUARTER / 2, 4 * QUARTER];

/**
 * Lowest MIDI pitch that sheet music can have. MusicXML's lowest octave begins with C0 (pitch 12), but in some keys
 * pitch 12 is the B sharp of the octave below.
 */
export const LOWEST_PITCH = 13;

/** A note, in divisions from the first bar line. */
export interface SheetNote {
  readonly startDivision: number;
  /** End of the note, later than its start. */
  readonly endDivision: number;
  /** `LOWEST_PITCH` to 127; middle C is 60. */
  readonly pitch: number;
}

/**
 * Notes of one voice, in the order of their starts. Notes that start together also end together; no other notes
 * overlap.
 */
export type Voice = readonly SheetNote[];

/** A clef; with an 8, notes sound an octave lower than written, as for tenors, guitars and basses. */
export type Clef = 'treble' | 'treble8' | 'bass' | 'bass8' | 'percussion';

/** A staff of five lines. */
export interface Staff {
  readonly clef: Clef;
  /** Voices of the staff; the first has stems up. */
  readonly voices: readonly Voice[];
}

/** Staves of one player or singer. */
export interface SheetPart {
  readonly name: string;
  /** MIDI program, or `DRUMS`; absent if the music does not choose an instrument. */
  readonly program?: number;
  readonly staves: readonly Staff[];
}

/** A key signature, and which of its two keys is meant. */
export interface SheetKey {
  /** Number of sharps; negative for a number of flats. */
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

/** The time signature of music that declares none: 4/4. */
export const COMMON_TIME = { beats: 4, beatType: 4 } as const;

/** New signatures or tempo at a position. An absent value stays as it was. */
export interface SheetChange {
  /** Position in divisions from the first bar line, at least 0. */
  readonly division: number;
  /** Time signature. A bar begins at the position, and an incomplete bar ends there. */
  readonly time?: SheetTime;
  /** Key, from the first bar line at or after the position. */
  readonly key?: SheetKey;
  /** Tempo in quarters a minute. */
  readonly tempoBpm?: number;
}

/** Sheet music. It begins in common time. */
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

/** A tempo that begins at a position in a bar. */
interface BarTempo {
  /** Position from the start of the bar, in divisions. */
  readonly division: number;
  /** Quarters a minute. */
  readonly bpm: number;
  /** Whether the tempo lasts for at least a bar and is therefore printed. */
  readonly isShown: boolean;
}

/** A bar of a sheet. All of its positions and lengths are in divisions. */
export interface SheetBar {
  /** Position from the first bar line. */
  readonly startDivision: number;
  readonly divisions: number;
  /** Starts of the groups of notes that beams join, and the end of the bar. */
  readonly beats: readonly number[];
  /** The middle of the bar, if the bar has an even number of at least four beats, as in 4/4; no note should hide it. */
  readonly half?: number;
  readonly time: SheetTime;
  readonly key: SheetKey;
  readonly tempos: readonly BarTempo[];
  /** Whether the bar ends before it is full, because the time signature changes. */
  readonly isShort: boolean;
}

/** Length of three eighths, the beat of compound time, in divisions. */
const DOTTED_BEAT = 1.5 * QUARTER;

/**
 * Returns the bars of a sheet, at least one.
 *
 * @param endDivision - End of the last note.
 */
export function sheetBars(sheet: Sheet, endDivision: number): readonly SheetBar[] {
  const { changes = [] } = sheet;
  const times = changes.flatMap(({ division, time }) => (time ? [{ division, time }] : []));
  const tempos = shownTempos(sheet);
  const bars: SheetBar[] = [];
  let [key, time]: [SheetKey, SheetTime] = [sheet.key, COMMON_TIME];
  let [nextChange, nextTime, nextTempo] = [0, 0, 0];
  let start = 0;
  do {
    for (; nextChange < changes.length && changes[nextChange].division <= start; nextChange++) {
      key = changes[nextChange].key ?? key;
    }
    for (; nextTime < times.length && times[nextTime].division <= start; nextTime++) {
      time = written(times[nextTime].time);
    }
    const full = lengthOf(time);
    const end = Math.min(start + full, times.at(nextTime)?.division ?? Infinity);
    const inBar: BarTempo[] = [];
    for (; nextTempo < tempos.length && tempos[nextTempo].division < end; nextTempo++) {
      const { division, bpm, lasts } = tempos[nextTempo];
      const isShown = nextTempo === 0 || lasts >= full;
      inBar.push({ division: division - start, bpm, isShown });
    }
    const divisions = end - start;
    bars.push({
      startDivision: start,
      divisions,
      beats: [...beatsOf(time).filter((beat) => beat < divisions), divisions],
      half: halfOf(time),
      time,
      key,
      tempos: inBar,
      isShort: divisions < full,
    });
    start = end;
  } while (start < endDivision);
  return bars;
}

/** Returns the tempos of a sheet in order, each with its duration in divisions. Successive equal tempos are merged. */
function shownTempos({
  tempoBpm,
  changes = [],
}: Sheet): readonly { readonly division: number; readonly bpm: number; readonly lasts: number }[] {
  const byPlace = new Map([[0, tempoBpm]]);
  for (const change of changes) {
    if (change.tempoBpm !== undefined) byPlace.set(change.division, change.tempoBpm);
  }
  const all = [...byPlace].filter(([, bpm], i, list) => i === 0 || bpm !== list[i - 1][1]);
  return all.map(([division, bpm], i) => {
    return { division, bpm, lasts: (all.at(i + 1)?.[0] ?? Infinity) - division };
  });
}

/**
 * Returns the time signature that is printed: the given one, or, if its bar is not a whole number of sixteenths, the
 * nearest one in sixteenths.
 */
function written(time: SheetTime): SheetTime {
  const sixteenths = lengthOf(time) / SIXTEENTH;
  if (Number.isInteger(sixteenths)) return time;
  return { beats: Math.max(1, Math.round(sixteenths)), beatType: WHOLE / SIXTEENTH };
}

function lengthOf({ beats, beatType }: SheetTime): number {
  return (beats * WHOLE) / beatType;
}

/**
 * Returns the starts of the beats of a full bar: every three eighths in compound time, every three sixteenths
 * in 3/16 and its multiples, every quarter otherwise. An odd number of eighths ends with a group of three:
 * 5/8 is 2 + 3.
 */
function beatsOf(time: SheetTime): readonly number[] {
  const { beats, beatType } = time;
  const length = lengthOf(time);
  const isTriple = beats % 3 === 0;
  if (beatType === 8 && isTriple) return every(DOTTED_BEAT, length);
  if (beatType >= 16 && isTriple) return every(DOTTED_BEAT / 2, length);
  const isOdd = beatType === 8 && beats % 2 === 1 && beats > 1;
  return every(QUARTER, isOdd ? length - EIGHTH : length);
}

function every(beat: number, length: number): readonly number[] {
  return Array.from({ length: Math.ceil(length / beat) }, (_, i) => i * beat);
}

/** Whether all beats of a time signature are quarters, so that a beat can be divided into triplets. */
export function hasQuarterBeats(time: SheetTime): boolean {
  const isCompound = time.beatType >= 8 && time.beats % 3 === 0;
  return !isCompound && lengthOf(time) % QUARTER === 0;
}

/**
 * Returns the middle, in divisions, of a bar with an even number of at least four beats; `undefined` for other bars.
 */
function halfOf(time: SheetTime): number | undefined {
  const half = lengthOf(time) / 2;
  const beats = beatsOf(time);
  return time.beats % 2 === 0 && beats.length >= 4 && beats.includes(half) ? half : undefined;
}
