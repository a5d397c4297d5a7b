import type { TimedEvent, TrackNote } from '../midi/write-midi.js';
import { child, childrenOf, numberIn, type XmlNode } from './music-xml-file.js';
import type { SheetTime } from './sheet.js';

/** Velocity of MusicXML's default dynamics, forte. */
export const FORTE = 90;
/** Velocities of dynamic marks. */
const DYNAMICS: Readonly<Record<string, number>> = {
  ...{ pppp: 10, ppp: 23, pp: 36, p: 49, mp: 64, mf: 80, f: 96, ff: 112, fff: 120, ffff: 127 },
  ...{ sf: 112, sfz: 112, fz: 112 },
};
/** MIDI key of the snare drum, for percussion without a MIDI number. */
const SNARE = 38;
const SEMITONES: Readonly<Record<string, number>> = { C: 0, D: 2, E: 4, F: 5, G: 7, A: 9, B: 11 };
/** Lengths of the note values of metronome marks, in quarters. */
const BEAT_UNITS: Readonly<Record<string, number>> = {
  ...{ whole: 4, half: 2, quarter: 1, eighth: 0.5, '16th': 0.25 },
};
const MAX_FIFTHS = 7;

/** The notes of a part so far, and the values that stay in force from one measure to the next. */
export interface PartState {
  /** Whether the part is on the channel of drums. */
  readonly isDrum: boolean;
  /** MIDI key of each unpitched instrument (such as a drum), by the instrument's id in the file. */
  readonly unpitched: ReadonlyMap<string, number>;
  readonly notes: TrackNote[];
  readonly drums: TrackNote[];
  /** Notes whose tie is still open, by pitch; the note that ends the tie makes them longer. */
  readonly tied: Map<number, { end: number }[]>;
  /** Number of units in a quarter note in which the file gives durations. */
  divisions: number;
  /** Semitones from written to sounding pitches. */
  transposition: number;
  velocity: number;
}

/** Position of a measure to read, and the changes found in it, which apply to all parts. */
export interface MeasureReading {
  /** Name of the file and the measure, for error messages. */
  readonly place: string;
  /** Tick at which the measure begins. */
  readonly start: number;
  readonly ticksPerQuarter: number;
  /** Tempos and keys; several parts may repeat them. */
  readonly changes: TimedEvent[];
  /** Time signature of the measure. */
  time: SheetTime;
}

/**
 * Reads a measure of a part: adds its notes to `part`, and its tempos, keys and time signature to `reading`.
 *
 * @returns the tick at which the content of the measure ends.
 * @throws RangeError that names the measure, if a duration or a pitch is missing, or a duration is negative.
 */
export function readMeasure(measure: XmlNode, part: PartState, reading: MeasureReading): number {
  let now = reading.start;
  let end = now;
  let chordStart = now;
  const ticks = (node: XmlNode, name = 'duration'): number => {
    const value = numberIn(node, name) ?? 0;
    return Math.round((value * reading.ticksPerQuarter) / part.divisions);
  };
  for (const element of measure.children) {
    switch (element.name) {
      case 'attributes':
        readAttributes(element, part, { ...reading, start: now }, reading);
        break;
      case 'backup':
        now = Math.max(reading.start, now - ticks(element));
        break;
      case 'forward':
        now += ticks(element);
        break;
      case 'direction': {
        const offset = child(element, 'offset');
        const isMoved = offset?.attributes.sound === 'yes';
        readSound(
          child(element, 'sound') ?? element,
          part,
          reading,
          now + (isMoved ? ticks(element, 'offset') : 0),
        );
        readMarks(element, part, reading, now);
        break;
      }
      case 'sound':
        readSound(element, part, reading, now);
        break;
      case 'note': {
        if (child(element, 'grace')) break;
        const duration = numberIn(element, 'duration');
        if (duration === undefined || duration < 0) {
          const got = duration ?? 'none';
          throw new RangeError(`${reading.place}: duration: expected at least 0, got ${got}`);
        }
        const isFirst = !child(element, 'chord'); // others of the chord may be shorter, and move nothing
        if (isFirst) chordStart = now;
        const noteEnd = chordStart + ticks(element);
        readNote(element, part, reading, { start: chordStart, end: noteEnd });
        if (isFirst) now = noteEnd;
        break;
      }
    }
    end = Math.max(end, now);
  }
  return end;
}

/** Reads divisions, transposition, the time signature and the key. The key is transposed like the notes. */
function readAttributes(
  element: XmlNode,
  part: PartState,
  { start: tick, changes }: MeasureReading,
  reading: MeasureReading,
): void {
  const divisions = numberIn(element, 'divisions');
  if (divisions !== undefined && divisions > 0) part.divisions = divisions;
  const transpose = child(element, 'transpose');
  if (transpose) {
    const octaves = numberIn(transpose, 'octave-change') ?? 0;
    part.transposition = (numberIn(transpose, 'chromatic') ?? 0) + 12 * octaves;
  }
  reading.time = timeIn(child(element, 'time')) ?? reading.time;
  const key = child(element, 'key');
  const fifths = numberIn(key, 'fifths');
  if (fifths === undefined || Math.abs(fifths) > MAX_FIFTHS || part.isDrum) return;
  // A semitone up is seven fifths up, or five down.
  const sounding = fifths + 7 * part.transposition;
  const turns = Math.round((sounding - fifths / 2) / 12);
  const scale = child(key, 'mode')?.text === 'minor' ? 1 : 0;
  changes.push({
    tick,
    order: 0,
    event: { type: 'keySignature', key: sounding - 12 * turns, scale },
  });
}

function timeIn(time: XmlNode | undefined): SheetTime | undefined {
  const types = childrenOf(time, 'beat-type').map(({ text }) => Number(text));
  const counts = childrenOf(time, 'beats').map(({ text }) =>
    text.split('+').reduce((sum, count) => sum + Number(count), 0),
  );
  const beatType = Math.max(...types);
  const beats = counts.reduce((sum, count, i) => sum + (count * beatType) / types[i], 0);
  const isValid = Number.isInteger(beats) && beats > 0 && beats < 256;
  return isValid && [1, 2, 4, 8, 16, 32, 64].includes(beatType) ? { beats, beatType } : undefined;
}

/** Reads the tempo and the dynamics of a `sound` element at a tick. */
function readSound(
  { attributes }: XmlNode,
  part: PartState,
  { changes }: MeasureReading,
  tick: number,
): void {
  const bpm = Number(attributes.tempo);
  if (bpm > 0) changes.push(tempoAt(tick, bpm));
  const percent = Number(attributes.dynamics);
  if (percent >= 0) part.velocity = velocityOf(percent);
}

/** Reads dynamic marks and, if no `sound` has the tempo, metronome marks. */
function readMarks(
  direction: XmlNode,
  part: PartState,
  { changes }: MeasureReading,
  tick: number,
): void {
  const sound = child(direction, 'sound');
  for (const type of childrenOf(direction, 'direction-type')) {
    const mark = child(type, 'dynamics')?.children.at(0)?.name ?? '';
    if (mark in DYNAMICS && !sound?.attributes.dynamics) part.velocity = DYNAMICS[mark];
    const metronome = child(type, 'metronome');
    const unit = BEAT_UNITS[child(metronome, 'beat-unit')?.text ?? ''];
    const bpm = Number.parseFloat(child(metronome, 'per-minute')?.text ?? '');
    if (sound?.attributes.tempo || !(unit * bpm > 0)) continue;
    const dots = childrenOf(metronome, 'beat-unit-dot').length;
    changes.push(tempoAt(tick, bpm * unit * (2 - 0.5 ** dots)));
  }
}

function tempoAt(tick: number, bpm: number): TimedEvent {
  const microsecondsPerBeat = Math.min(Math.round(6e7 / bpm), 0xffffff);
  return { tick, order: 1, event: { type: 'setTempo', microsecondsPerBeat } };
}

/** Converts a percentage of forte to a velocity. */
function velocityOf(percent: number): number {
  return Math.min(127, Math.max(1, Math.round((percent * FORTE) / 100)));
}

/** Adds a note, or lengthens the note that it is tied to. */
function readNote(
  element: XmlNode,
  part: PartState,
  { place }: MeasureReading,
  { start, end }: { readonly start: number; readonly end: number },
): void {
  if (child(element, 'rest') || child(element, 'cue') || end <= start) return;
  const isDrum = child(element, 'unpitched') !== undefined;
  const id = child(element, 'instrument')?.attributes.id ?? '';
  const pitch = isDrum
    ? (part.unpitched.get(id) ?? SNARE)
    : soundingPitch(place, child(element, 'pitch'), part.transposition);
  if (pitch < 0 || pitch > 127) return; // MIDI has no number for it
  const ties = new Set(
    [...childrenOf(element, 'tie'), ...childrenOf(child(element, 'notations'), 'tied')].map(
      ({ attributes }) => attributes.type,
    ),
  );
  const waiting = part.tied.get(pitch) ?? [];
  let held = ties.has('stop') ? waiting.find((note) => Math.abs(note.end - start) <= 1) : undefined;
  if (held) held.end = end;
  else {
    const percent = Number(element.attributes.dynamics);
    const velocity = percent >= 0 ? velocityOf(percent) : part.velocity;
    const note = { start, end, pitch, velocity };
    (isDrum ? part.drums : part.notes).push(note);
    held = note;
  }
  const others = waiting.filter((note) => note !== held && note.end >= start);
  part.tied.set(pitch, ties.has('start') ? [...others, held] : others);
}

/**
 * Returns the sounding MIDI pitch of a `pitch` element; middle C is 60.
 *
 * @throws RangeError for a note without a pitch.
 */
function soundingPitch(place: string, pitch: XmlNode | undefined, transposition: number): number {
  const step = SEMITONES[child(pitch, 'step')?.text ?? ''] as number | undefined;
  const octave = numberIn(pitch, 'octave');
  if (step === undefined || octave === undefined) {
    throw new RangeError(`${place}: expected notes with a step and an octave, got one without`);
  }
  const alter = Math.round(numberIn(pitch, 'alter') ?? 0);
  return 12 * (octave + 1) + step + alter + transposition;
}
