import { readTracks } from '../midi/read-tracks.js';
import type { MidiTracks } from '../midi/write-midi.js';
import { firstIndex, listAt, roundHalfEven } from '../notes/note.js';
import { FAMILIES, FAMILY_PROGRAMS } from '../score/instruments.js';
import { DRUM_CHANNEL, DRUMS, soundOn } from '../score/score.js';

/** A note in milliseconds from the first note of its piece. */
export interface AriaNote {
  readonly startMs: number;
  readonly durationMs: number;
  /** MIDI pitch, 0 to 127; middle C is 60. */
  readonly pitch: number;
  /** MIDI velocity, 1 to 127. */
  readonly velocity: number;
  /** A program of `ARIA_PROGRAMS`, or `DRUMS`. */
  readonly program: number;
}

/**
 * The notes of a MIDI file, in the order of their starts; simultaneous notes are in the order of their tracks, then
 * of their ends.
 */
export interface AriaPiece {
  /** Name of the file. */
  readonly name: string;
  readonly notes: readonly AriaNote[];
  /** Programs of all channels of the file, even of channels without notes, and `DRUMS` if it has drums. */
  readonly programs: readonly number[];
  /** Faults of the file that were repaired, in words. */
  readonly repairs: readonly string[];
}

/** The families of instruments that Aria knows, in the order of its ids, with the programs that play them. */
const ARIA_FAMILIES: readonly (readonly [family: (typeof FAMILIES)[number], program: number])[] = [
  ['piano', 0],
  ['organ', 16],
  ['guitar', 24],
  ['bass', 32],
  ['strings', 40],
  ['ensemble', 48],
  ['brass', 56],
  ['reed', 64],
  ['pipe', 73],
  ['synth-lead', 80],
];

/** MIDI programs that represent Aria's families of instruments, in the order of Aria's ids, without drums. */
export const ARIA_PROGRAMS: readonly number[] = ARIA_FAMILIES.map(([, program]) => program);

/**
 * Returns the program that represents a program's family in Aria's vocabulary; `undefined` if Aria has no such family.
 */
function familyProgram(program: number): number | undefined {
  const family = FAMILIES[Math.floor(program / FAMILY_PROGRAMS)];
  return ARIA_FAMILIES.find(([name]) => name === family)?.[1];
}

interface TickNote {
  readonly channel: number;
  readonly pitch: number;
  readonly velocity: number;
  readonly start: number;
  readonly end: number;
}

interface ChannelEvent {
  readonly tick: number;
  readonly channel: number;
  /** MIDI program of a program change; for a pedal event, 1 if the pedal is down and 0 if it is up. */
  readonly value: number;
}

/** The events of a file that the tokenizer uses, in ticks. */
interface TickEvents {
  readonly notes: TickNote[];
  readonly programs: ChannelEvent[];
  readonly pedals: ChannelEvent[];
  readonly tempos: { readonly tick: number; readonly microseconds: number }[];
}

const PEDAL = 64;
/** Tempo of a file without tempo events. */
const DEFAULT_TEMPO = { tick: 0, microseconds: 500_000 };

/**
 * Reads the notes of a MIDI file as Aria's tokenizer does. A note-off ends all notes of its track, channel and pitch.
 * A channel plays the instrument of its last program; a channel is left out if any of its programs is in no family of
 * Aria. The pedal lengthens the notes that end while it is down.
 *
 * Durations after a file's last tempo change are exact. The reference implementation computes them with the tempo
 * before that change.
 *
 * @param name - Name of the file, for error messages.
 * @throws RangeError that names the file and its fault.
 * @see https://github.com/EleutherAI/aria-utils, `MidiDict` and `AbsTokenizer`
 */
export function parseAria(name: string, bytes: Uint8Array): AriaPiece {
  const file = readTracks(name, bytes);
  const events = eventsOf(file);
  const programs = new Map<number, number | undefined>();
  for (const { channel, value } of events.programs) {
    if (channel === DRUM_CHANNEL) continue;
    const isKnown = !programs.has(channel) || programs.get(channel) !== undefined;
    programs.set(channel, isKnown ? familyProgram(value) : undefined);
  }
  const programOf = (channel: number): number | undefined =>
    soundOn(channel, programs.has(channel) ? programs.get(channel) : ARIA_PROGRAMS[0]);
  const heard = events.notes.filter(({ channel }) => programOf(channel) !== undefined);
  const pedals = pedalIntervals(events.pedals, heard.at(-1)?.end ?? 0);
  const clockFrom = clockOf(file, events);
  const sinceFirst = clockFrom(heard.at(0)?.start ?? 0);
  const notes = heard.map(({ channel, pitch, velocity, start, end }): AriaNote => {
    const program = programOf(channel) ?? DRUMS;
    const pedal = pedals.get(channel)?.find(([down, up]) => down < end && end < up);
    const durationMs = clockFrom(start)(pedal?.[1] ?? end);
    return { startMs: sinceFirst(start), durationMs, pitch, velocity, program };
  });
  if (programs.size === 0 && events.programs.length === 0) programs.set(0, ARIA_PROGRAMS[0]);
  const announced = new Set([...programs.values(), ...notes.map(({ program }) => program)]);
  return {
    ...{ name, notes, repairs: file.repairs },
    programs: [...ARIA_PROGRAMS, DRUMS].filter((program) => announced.has(program)),
  };
}

/** Collects events of all tracks, each kind in the order of its ticks. */
function eventsOf({ tracks }: MidiTracks): TickEvents {
  const all: TickEvents = { notes: [], programs: [], pedals: [], tempos: [] };
  for (const track of tracks) {
    const open = new Map<number, { readonly start: number; readonly velocity: number }[]>();
    let tick = 0;
    for (const event of track) {
      tick += event.deltaTime;
      if (event.type === 'setTempo') {
        all.tempos.push({ tick, microseconds: event.microsecondsPerBeat });
      } else if (event.type === 'programChange') {
        all.programs.push({ tick, channel: event.channel, value: event.programNumber });
      } else if (event.type === 'controller' && event.controllerType === PEDAL) {
        all.pedals.push({ tick, channel: event.channel, value: Number(event.value >= 64) });
      } else if (event.type === 'noteOn') {
        const { channel, noteNumber, velocity } = event;
        listAt(open, noteNumber * 16 + channel).push({ start: tick, velocity });
      } else if (event.type === 'noteOff') {
        const { channel, noteNumber: pitch } = event;
        const key = pitch * 16 + channel;
        const sounding = open.get(key) ?? [];
        const ended = sounding.filter(({ start }) => start !== tick);
        for (const note of ended) all.notes.push({ ...note, channel, pitch, end: tick });
        // A note that begins at the end of another one continues. Alone, it has no length and is dropped.
        open.set(key, ended.length > 0 ? sounding.filter(({ start }) => start === tick) : []);
      }
    }
  }
  all.notes.sort((a, b) => a.start - b.start);
  for (const list of [all.programs, all.pedals, all.tempos]) list.sort((a, b) => a.tick - b.tick);
  if (all.tempos.length === 0) all.tempos.push(DEFAULT_TEMPO);
  return all;
}

/**
 * Returns, for each channel, the spans in ticks in which its pedal is down. A span without an end lasts until `end`.
 */
function pedalIntervals(
  pedals: readonly ChannelEvent[],
  end: number,
): Map<number, (readonly [down: number, up: number])[]> {
  const spans = new Map<number, (readonly [down: number, up: number])[]>();
  const down = new Map<number, number>();
  for (const { tick, channel, value } of pedals) {
    const since = down.get(channel);
    if (value === 1 && since === undefined) down.set(channel, tick);
    if (value === 1 || since === undefined) continue;
    listAt(spans, channel).push([since, tick]);
    down.delete(channel);
  }
  for (const [channel, since] of down) listAt(spans, channel).push([since, end]);
  return spans;
}

/**
 * Returns a function that makes clocks. A clock made for a start tick converts later ticks, in ascending order, to
 * milliseconds since that start, rounded to the nearest, ties to even. Spans of equal tempo are summed in order, so
 * that times have the rounding errors of the reference implementation.
 */
function clockOf(
  { division }: MidiTracks,
  { tempos }: TickEvents,
): (start: number) => (tick: number) => number {
  const secondsPerTick = ({ microseconds }: (typeof tempos)[number]): number =>
    division.kind === 'seconds'
      ? 1 / division.ticksPerSecond
      : (microseconds * 1e-6) / division.ticksPerQuarter;
  return (start) => {
    let at = Math.max(0, firstIndex(tempos, (tempo) => tempo.tick >= start) - 1);
    let [seconds, from] = [0, start];
    return (tick) => {
      for (; at + 1 < tempos.length && tempos[at + 1].tick <= tick; at++) {
        seconds += (tempos[at + 1].tick - from) * secondsPerTick(tempos[at]);
        from = tempos[at + 1].tick;
      }
      return roundHalfEven((seconds + (tick - from) * secondsPerTick(tempos[at])) * 1e3);
    };
  };
}
