import type { MidiEvent } from 'midi-file';

import {
  CHANNELS,
  END_OF_TRACK,
  type MidiTracks,
  type TimedEvent,
  type TrackNote,
  tracksOf,
  withDeltas,
} from '../midi/write-midi.js';
import { INSTRUMENTS } from '../score/instruments.js';
import { DRUM_CHANNEL } from '../score/score.js';
import { child, childrenOf, numberIn, readXmlFile, type XmlNode } from './music-xml-file.js';
import { FORTE, type PartState, readMeasure } from './read-measure.js';
import { COMMON_TIME, type SheetTime } from './sheet.js';

/**
 * Ticks per quarter if the exact number would exceed the maximum. Notes to 64ths, triplets and quintuplets are whole
 * ticks.
 */
const COMMON_DIVISIONS = 10_080;
/** Minimum number of ticks per quarter, and the maximum that a MIDI file can have. */
const [MIN_DIVISIONS, MAX_DIVISIONS] = [480, 32_767];

/** A part of a score. */
interface Part extends PartState {
  readonly name: string;
  readonly program: number;
  readonly measures: readonly XmlNode[];
}

/** A measure of all parts, in ticks. */
interface Measure {
  readonly start: number;
  readonly length: number;
  /** Length of a full measure by its time signature, in ticks. */
  readonly full: number;
  readonly time: SheetTime;
}

/**
 * Reads MusicXML, compressed or not, as the tracks of a MIDI file: notes with ties joined, of all voices and
 * staves, as they sound; instruments; tempos, time signatures and keys. Repeats are not played again. Grace notes, cue
 * notes, ornaments and pedals are left out.
 *
 * @param name - Name of the file, for error messages.
 * @throws RangeError that names the file and its fault.
 * @see https://www.w3.org/2021/06/musicxml40/
 */
export function readMusicXml(name: string, bytes: Uint8Array): MidiTracks {
  const root = readXmlFile(name, bytes);
  const parts = partsOf(name, root);
  if (!parts.some(({ measures }) => measures.length > 0)) {
    throw new RangeError(`${name}: the score has no measures`);
  }
  const ticksPerQuarter = divisionOf(root);
  const changes: TimedEvent[] = [];
  const measures = readMeasures(name, parts, ticksPerQuarter, changes);
  changes.push(...timeSignatures(measures, ticksPerQuarter));
  let pitched = 0;
  const tracks = parts.flatMap((part) => {
    const channel = CHANNELS[pitched % CHANNELS.length];
    const isUsed = part.notes.length > 0 || part.drums.length === 0;
    if (isUsed && !part.isDrum) pitched++;
    return [
      ...(isUsed ? trackOf(part, part.notes, part.isDrum ? DRUM_CHANNEL : channel) : []),
      ...(part.drums.length > 0 ? trackOf(part, part.drums, DRUM_CHANNEL) : []),
    ];
  });
  return {
    division: { kind: 'quarters', ticksPerQuarter },
    tracks: [[...withDeltas(distinct(changes)), END_OF_TRACK], ...tracks],
    repairs: [],
  };
}

/** Reads the measures of all parts; the longest part of a measure sets its length. */
function readMeasures(
  name: string,
  parts: readonly Part[],
  ticksPerQuarter: number,
  changes: TimedEvent[],
): readonly Measure[] {
  const read: Measure[] = [];
  let [start, time]: [number, SheetTime] = [0, COMMON_TIME];
  const count = Math.max(0, ...parts.map(({ measures }) => measures.length));
  for (let m = 0; m < count; m++) {
    let end = start;
    for (const part of parts) {
      const measure = part.measures.at(m);
      if (!measure) continue;
      const place = `${name}: measure ${'number' in measure.attributes ? measure.attributes.number : m + 1}`;
      const reading = { place, start, ticksPerQuarter, changes, time };
      end = Math.max(end, readMeasure(measure, part, reading));
      ({ time } = reading);
    }
    const full = (ticksPerQuarter * 4 * time.beats) / time.beatType;
    if (end === start) end += full;
    read.push({ start, length: end - start, full, time });
    start = end;
  }
  return read;
}

/**
 * Returns the time signatures of measures as MIDI events. A measure that is shorter or longer than its signature, such
 * as an upbeat, gets a signature of its own length, except the last one. Two successive measures that together fill
 * one, as around a repeat sign, keep the signature.
 */
function timeSignatures(
  measures: readonly Measure[],
  ticksPerQuarter: number,
): readonly TimedEvent[] {
  const changes: TimedEvent[] = [];
  let last: SheetTime = COMMON_TIME;
  for (let m = 0; m < measures.length; m++) {
    const { start, length, full, time } = measures[m];
    const next = measures.at(m + 1);
    const fillsOne = m > 0 && length < full && next && length + next.length === full;
    const isFull = length === full || fillsOne === true || !next;
    const written = isFull ? time : timeOf(length / (4 * ticksPerQuarter), time);
    if (fillsOne === true) m++;
    if (written.beats === last.beats && written.beatType === last.beatType) continue;
    last = written;
    const { beats: numerator, beatType: denominator } = written;
    const event = { type: 'timeSignature', numerator, denominator } as const;
    changes.push({ tick: start, order: 2, event: { ...event, metronome: 24, thirtyseconds: 8 } });
  }
  return changes;
}

/**
 * Returns a time signature whose bar lasts a number of whole notes; `usual` if that length is no multiple of a 64th.
 */
function timeOf(wholes: number, usual: SheetTime): SheetTime {
  for (let { beatType } = usual; beatType <= 64; beatType *= 2) {
    const beats = wholes * beatType;
    if (Number.isInteger(beats) && beats < 256) return { beats, beatType };
  }
  return usual;
}

function trackOf(
  { name, program }: Part,
  notes: readonly TrackNote[],
  channel: number,
): readonly MidiEvent[][] {
  const programNumber = channel === DRUM_CHANNEL ? 0 : program;
  const beginning: MidiEvent[] = [
    { deltaTime: 0, type: 'trackName', text: name },
    { deltaTime: 0, type: 'programChange', channel, programNumber },
  ];
  return tracksOf(notes, channel, beginning);
}

/** Returns changes without duplicates, which occur if several parts have the same change. */
function distinct(changes: readonly TimedEvent[]): readonly TimedEvent[] {
  return [...new Map(changes.map((change) => [JSON.stringify(change), change])).values()];
}

/**
 * Returns the parts of a score with their measures, also from a `score-timewise` element, where each measure contains
 * the parts.
 */
function partsOf(name: string, root: XmlNode): readonly Part[] {
  const isTimewise = root.name === 'score-timewise';
  if (!isTimewise && root.name !== 'score-partwise') {
    throw new RangeError(`${name}: expected MusicXML, a score-partwise element, got ${root.name}`);
  }
  return childrenOf(child(root, 'part-list'), 'score-part').map((listed) => {
    const { id } = listed.attributes;
    const isOwn = (part: XmlNode): boolean => part.attributes.id === id;
    const measures = isTimewise
      ? childrenOf(root, 'measure').map((measure): XmlNode => {
          const part = childrenOf(measure, 'part').find(isOwn);
          return { ...measure, children: part?.children ?? [] };
        })
      : childrenOf(childrenOf(root, 'part').find(isOwn), 'measure');
    const midi = childrenOf(listed, 'midi-instrument');
    const title = child(listed, 'part-name')?.text ?? '';
    return {
      name: title,
      program: (numberIn(midi.at(0), 'midi-program') ?? programNamed(title) + 1) - 1,
      unpitched: new Map(
        midi.flatMap((each) => {
          const key = numberIn(each, 'midi-unpitched');
          return key === undefined ? [] : [[each.attributes.id, key - 1]];
        }),
      ),
      isDrum: midi.some((each) => numberIn(each, 'midi-channel') === DRUM_CHANNEL + 1),
      measures,
      ...{ notes: [], drums: [], tied: new Map(), divisions: 1, transposition: 0, velocity: FORTE },
    };
  });
}

/** Returns the program whose name is in the name of a part, such as violin in `Violin II`; a piano by default. */
function programNamed(title: string): number {
  const words = title.toLowerCase();
  return Math.max(
    0,
    INSTRUMENTS.findIndex(({ name }) => words.includes(name)),
  );
}

/**
 * Returns the number of ticks per quarter, at least 480: a multiple of all `divisions` in the score, if it is not too
 * large.
 */
function divisionOf(root: XmlNode): number {
  let all = MIN_DIVISIONS;
  const visit = (node: XmlNode): void => {
    for (const each of node.children) {
      if (each.name === 'measure' || each.name === 'part') visit(each);
      const divisions = each.name === 'attributes' ? numberIn(each, 'divisions') : undefined;
      if (divisions !== undefined && divisions > 0) all = leastCommonMultiple(all, divisions);
    }
  };
  visit(root);
  return all <= MAX_DIVISIONS ? all : COMMON_DIVISIONS;
}

function leastCommonMultiple(a: number, b: number): number {
  if (!Number.isInteger(b)) return Infinity;
  let [x, y] = [a, b];
  while (y > 0) [x, y] = [y, x % y];
  return (a / x) * b;
}
