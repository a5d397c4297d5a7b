import { shownValue } from '@ramble/core/files';
import { type MidiEvent, writeMidi as encodeMidi } from 'midi-file';

import { SUSTAIN, tempoMap } from '../midi/collect-notes.js';
import { parseMeter, toMidi } from '../midi/parse-midi.js';
import { readTracks } from '../midi/read-tracks.js';
import { type MidiTracks, partTracks, type TimedEvent, withDeltas } from '../midi/write-midi.js';
import { listAt } from '../notes/note.js';
import {
  barTicks,
  DRUM_CHANNEL,
  DRUMS,
  soundOn,
  endOf,
  type ScoreNote,
  type ScorePart,
} from '../score/score.js';
import { parseScore } from '../score/parse-score.js';

/** A region of a MIDI file whose notes the model replaces, and the file. */
export interface FillRegion {
  readonly startTick: number;
  /** The first tick after the region. */
  readonly endTick: number;
  readonly startSeconds: number;
  readonly endSeconds: number;
  /** Programs whose notes are replaced; default: all. */
  readonly programs?: readonly number[];
  /** Contents of the MIDI file. */
  readonly file: Uint8Array;
}

const SYNTAX = /^(bar|second)s?\s+(\d+(?:\.\d+)?)(?:\s*-\s*(\d+(?:\.\d+)?))?$/;
const EXAMPLES = '"bars 5-8" or "seconds 10-20"';

/**
 * Finds a region in a file of music: `bars 5-8`, which includes both bars, `bar 5`, or `seconds 10-20`.
 *
 * @throws RangeError for text of another form, and for a region that is empty or outside the file's music.
 */
export function findRegion(content: Uint8Array, text: string): FillRegion {
  const [, unit, first, second] = (SYNTAX.exec(text.trim()) ?? []) as (string | undefined)[];
  if (unit === undefined || (unit === 'second' && second === undefined)) {
    throw new RangeError(`fill: expected a region such as ${EXAMPLES}, got ${shownValue(text)}`);
  }
  const [from, to] = [Number(first), Number(second ?? first)];
  if (to < from || (unit === 'second' && to === from)) {
    throw new RangeError(`fill: expected a region that ends after it begins, got ${text}`);
  }
  const file = toMidi('given', content);
  const tracks = readTracks('given', file);
  const secondsOf = tempoMap('given', tracks);
  const [startTick, endTick] =
    unit === 'bar' ? barsRegion(file, from, to) : secondsRegion(tracks, secondsOf, from, to);
  const [startSeconds, endSeconds] =
    unit === 'bar' ? [secondsOf(startTick), secondsOf(endTick)] : [from, to];
  return { startTick, endTick, startSeconds, endSeconds, file };
}

function barsRegion(file: Uint8Array, from: number, to: number): [start: number, end: number] {
  if (parseMeter('given', file) === undefined) {
    throw new RangeError(
      'fill: expected seconds, because the notes of this file follow no bars, got bars; give "seconds 10-20"',
    );
  }
  const ticks = barTicks(parseScore('given', file));
  const bars = ticks.length - 1;
  if (!Number.isInteger(from) || !Number.isInteger(to) || from < 1 || to > bars) {
    const got = from === to ? `bar ${from}` : `bars ${from}-${to}`;
    throw new RangeError(`fill: expected bars from 1 to ${bars}, got ${got}`);
  }
  return [ticks[from - 1], ticks[to]];
}

function secondsRegion(
  tracks: MidiTracks,
  secondsOf: (tick: number) => number,
  from: number,
  to: number,
): [start: number, end: number] {
  const lastTick = tracks.tracks.reduce(
    (last, events) =>
      Math.max(
        last,
        events.reduce((tick, { deltaTime }) => tick + deltaTime, 0),
      ),
    0,
  );
  const length = secondsOf(lastTick);
  if (from >= length) {
    throw new RangeError(
      `fill: expected a region in the ${length.toFixed(1)} seconds of the file, got seconds ${from}-${to}`,
    );
  }
  const tickAt = (seconds: number): number => firstTick(lastTick, secondsOf, seconds);
  return [tickAt(from), tickAt(to)];
}

/** Returns the first tick at or after a time, by bisection; the tick after the last one if none is. */
function firstTick(lastTick: number, secondsOf: (tick: number) => number, seconds: number): number {
  let [low, high] = [0, lastTick + 1];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (secondsOf(middle) >= seconds) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Returns a function that converts a time in seconds to the nearest tick of a MIDI file. */
export function secondsToTicks(file: Uint8Array): (seconds: number) => number {
  const tracks = readTracks('given', file);
  const secondsOf = tempoMap('given', tracks);
  return (seconds) => {
    let high = 1;
    while (secondsOf(high) < seconds) high *= 2;
    const later = firstTick(high, secondsOf, seconds);
    const isEarlier = later > 0 && seconds - secondsOf(later - 1) < secondsOf(later) - seconds;
    return isEarlier ? later - 1 : later;
  };
}

/** Whether a note is replaced: it begins in the region, and the region includes its program. */
export function isReplaced(
  { startTick, endTick, programs }: FillRegion,
  tick: number,
  program: number,
): boolean {
  return tick >= startTick && tick < endTick && (programs?.includes(program) ?? true);
}

/**
 * Returns a MIDI file in which the notes of a region are replaced. All other events stay as they are. The new notes are
 * in additional tracks. A new note ends at the latest when a kept note of its program and pitch begins, and is left out
 * while such a note sounds.
 *
 * @param written - The new notes, in ticks of the file; notes outside the region are left out.
 */
export function fillRegion(region: FillRegion, written: readonly ScorePart[]): Uint8Array {
  const file = readTracks('given', region.file);
  const kept = file.tracks.map((events) => withoutReplaced(events, region));
  const channelOf = channelsFor(kept.flat());
  const sounding = parseScore('given', encode(file, region.file, kept)).parts;
  const parts = written.flatMap(({ program, notes }) => {
    const others = sounding
      .filter((part) => part.program === program)
      .flatMap((part) => part.notes);
    const fitting = notes
      .filter(({ tick }) => isReplaced(region, tick, program))
      .flatMap((note) => fitted(note, others));
    return fitting.length === 0 ? [] : [{ program, notes: fitting }];
  });
  const added = parts.flatMap((part) => partTracks(part, channelOf(part.program)));
  return encode(file, region.file, [...kept, ...added]);
}

/** Encodes tracks with the format and division of a file; a file with one track gets format 1 if tracks are added. */
function encode(
  { division }: MidiTracks,
  bytes: Uint8Array,
  tracks: readonly MidiEvent[][],
): Uint8Array {
  const format = bytes[9] === 2 ? 2 : tracks.length > 1 ? 1 : 0;
  // Files without quarters keep the two bytes of their division.
  const time =
    division.kind === 'quarters'
      ? { ticksPerBeat: division.ticksPerQuarter }
      : { timeDivision: bytes[12] * 256 + bytes[13] };
  const header = { format, numTracks: tracks.length, ...time } as const;
  return Uint8Array.from(encodeMidi({ header, tracks: [...tracks] }));
}

type Running = MidiEvent & { running?: boolean };

/** Removes the replaced notes of a track: their note-ons, and the note-offs that end them. */
function withoutReplaced(events: readonly MidiEvent[], region: FillRegion): MidiEvent[] {
  const programs = new Uint8Array(16);
  const open = new Map<number, boolean[]>(); // by channel and pitch: whether each sounding note is replaced
  const left: TimedEvent[] = [];
  let tick = 0;
  // Running status refers to the event before, which may be gone.
  for (const { deltaTime, ...running } of events as readonly Running[]) {
    const event = { ...running };
    delete event.running;
    tick += deltaTime;
    let isGone = false;
    if (event.type === 'programChange') programs[event.channel] = event.programNumber;
    else if (event.type === 'noteOn') {
      isGone = isReplaced(region, tick, soundOn(event.channel, programs[event.channel]));
      listAt(open, event.channel * 128 + event.noteNumber).push(isGone);
    } else if (event.type === 'noteOff') {
      isGone = open.get(event.channel * 128 + event.noteNumber)?.shift() ?? false;
    }
    if (!isGone) left.push({ tick, order: 0, event });
  }
  return withDeltas(left);
}

/**
 * Returns a list with a new note, which ends at the latest when the next note of its pitch in `others` begins; an
 * empty list if a note of its pitch already sounds.
 */
function fitted(note: ScoreNote, others: readonly ScoreNote[]): ScoreNote[] {
  const same = others.filter(({ pitch }) => pitch === note.pitch);
  if (same.some((other) => other.tick <= note.tick && endOf(other) > note.tick)) return [];
  const next = same.reduce(
    (first, { tick }) => (tick > note.tick ? Math.min(first, tick) : first),
    Infinity,
  );
  return [{ ...note, durationTicks: Math.max(1, Math.min(note.durationTicks, next - note.tick)) }];
}

/**
 * Returns a function that chooses the channel of a new track by its program: the channel of drums for drums; else a
 * channel that only plays the program and has no sustain pedal, else an unused channel, else the last one.
 */
function channelsFor(events: readonly MidiEvent[]): (program: number) => number {
  const programs = new Map<number, Set<number>>();
  const pedals = new Set<number>();
  for (const event of events) {
    if (event.type === 'controller' && event.controllerType === SUSTAIN) pedals.add(event.channel);
    if (event.type === 'noteOn' && !programs.has(event.channel)) programs.set(event.channel, new Set([0])); // prettier-ignore
    if (event.type === 'programChange') {
      programs.set(event.channel, (programs.get(event.channel) ?? new Set()).add(event.programNumber)); // prettier-ignore
    }
  }
  return (program) => {
    if (program === DRUMS) return DRUM_CHANNEL;
    const own = [...programs].find(
      ([channel, played]) =>
        channel !== DRUM_CHANNEL &&
        !pedals.has(channel) &&
        played.size === 1 &&
        played.has(program),
    );
    if (own) return own[0];
    const free = Array.from({ length: 16 }, (_, channel) => channel).find(
      (channel) => channel !== DRUM_CHANNEL && !programs.has(channel),
    );
    const channel = free ?? 15;
    programs.set(channel, new Set([program]));
    return channel;
  };
}
