import { COMMON_TIME, type SheetKey, type SheetTime } from '../musicxml/sheet.js';
import { listAt } from '../notes/note.js';

/** A note of a score, in ticks. */
export interface ScoreNote {
  readonly tick: number;
  readonly durationTicks: number;
  /** MIDI pitch, 0 to 127; middle C is 60. */
  readonly pitch: number;
  /** The velocity, 1 to 127. */
  readonly velocity: number;
}

/** Program number of all drum kits, as in MidiTok. */
export const DRUMS = -1;

/** Index, from 0, of the channel of drums in MIDI files. */
export const DRUM_CHANNEL = 9;

/** Returns the program that a channel plays: `DRUMS` on the channel of drums, else the program that it has chosen. */
export function soundOn<Program>(channel: number, program: Program): Program | typeof DRUMS {
  return channel === DRUM_CHANNEL ? DRUMS : program;
}

/** Notes of one instrument. */
export interface ScorePart {
  /** Name of the part; by default, the name of its instrument. */
  readonly name?: string;
  /** A MIDI program, 0 to 127, or `DRUMS`. */
  readonly program: number;
  /** Notes in the order of their ticks. */
  readonly notes: readonly ScoreNote[];
}

/** A tempo that begins at a tick. */
export interface TempoChange {
  readonly tick: number;
  readonly microsecondsPerQuarter: number;
}

/** A time signature that begins at a tick. */
export interface TimeSignature extends SheetTime {
  readonly tick: number;
}

/** A key that begins at a tick. */
export interface KeyChange {
  readonly tick: number;
  readonly key: SheetKey;
}

/** Music in ticks, as a MIDI file has it: bars and beats are known, seconds follow from the tempos. */
export interface Score {
  /** Name of the file. */
  readonly name: string;
  readonly ticksPerQuarter: number;
  /** Parts in the order of the file. Several may have the same program, and some may have no notes. */
  readonly parts: readonly ScorePart[];
  readonly tempos: readonly TempoChange[];
  readonly timeSignatures: readonly TimeSignature[];
  /** Keys; absent if none are known. */
  readonly keys?: readonly KeyChange[];
  /** Faults of the file that were repaired, in words. */
  readonly repairs: readonly string[];
}

/** Returns the tick at which a note ends. */
export function endOf({ tick, durationTicks }: Pick<ScoreNote, 'tick' | 'durationTicks'>): number {
  return tick + durationTicks;
}

/** Returns the tick at which the last note of some parts ends; 0 without notes. */
export function lastTick(parts: readonly Pick<ScorePart, 'notes'>[]): number {
  return parts.flatMap(({ notes }) => notes).reduce((last, note) => Math.max(last, endOf(note)), 0);
}

/** Returns the ticks of a beat, the note value that a time signature counts. */
export function ticksPerBeat(
  { beatType }: Pick<SheetTime, 'beatType'>,
  ticksPerQuarter: number,
): number {
  return Math.floor((ticksPerQuarter * 4) / beatType);
}

/** Returns the ticks of a bar. */
export function ticksPerBar(signature: SheetTime, ticksPerQuarter: number): number {
  return ticksPerBeat(signature, ticksPerQuarter) * signature.beats;
}

/** A section of music whose beats have the same length. */
export interface BeatSection {
  readonly startTick: number;
  /** The tick at which the next section begins; `Infinity` for the last. */
  readonly endTick: number;
  readonly ticksPerBeat: number;
}

/** Divides music by its time signatures into sections whose beats are equally long. */
export function beatSections(
  signatures: readonly TimeSignature[],
  ticksPerQuarter: number,
): readonly BeatSection[] {
  const sections: BeatSection[] = [];
  signatures.forEach((signature, i) => {
    const beat = ticksPerBeat(signature, ticksPerQuarter);
    const endTick = i + 1 < signatures.length ? signatures[i + 1].tick : Infinity;
    const last = sections.at(-1);
    if (last?.ticksPerBeat === beat) sections[sections.length - 1] = { ...last, endTick };
    else sections.push({ startTick: last?.endTick ?? 0, endTick, ticksPerBeat: beat });
  });
  return sections;
}

/** Returns the section that contains a tick. */
export function sectionAt(sections: readonly BeatSection[], tick: number): BeatSection {
  const found = sections.find(({ endTick }) => tick < endTick);
  return found ?? sections[sections.length - 1];
}

/** A bar of a score. */
export interface Bar {
  readonly startTick: number;
  /** The tick at which the next bar begins. */
  readonly endTick: number;
  readonly signature: SheetTime;
}

/**
 * Returns the bars of a score up to the end of its last note, at least one. A bar lasts at least one tick,
 * even if the beats of a time signature are shorter.
 */
export function barsOf({ ticksPerQuarter, parts, timeSignatures }: Score): readonly Bar[] {
  const end = Math.max(1, lastTick(parts));
  const bars: Bar[] = [];
  let next = 0;
  for (let startTick = 0; startTick < end;) {
    while ((timeSignatures[next + 1]?.tick ?? Infinity) <= startTick) next++;
    const signature = timeSignatures.at(next) ?? COMMON_TIME;
    const endTick = startTick + Math.max(1, ticksPerBar(signature, ticksPerQuarter));
    bars.push({ startTick, endTick, signature });
    startTick = endTick;
  }
  return bars;
}

/**
 * Returns notes as a score at 120 quarters a minute, with one part for each instrument, in the order of their first
 * notes. A note without length lasts one tick.
 */
export function scoreByProgram(
  notes: readonly (ScoreNote & Pick<ScorePart, 'program'>)[],
  ticksPerQuarter: number,
): Score {
  const parts = new Map<number, ScoreNote[]>();
  for (const { program, ...note } of notes) {
    listAt(parts, program).push({ ...note, durationTicks: Math.max(1, note.durationTicks) });
  }
  return {
    name: 'output',
    ticksPerQuarter,
    parts: Array.from(parts, ([program, own]) => ({ program, notes: own })),
    tempos: [{ tick: 0, microsecondsPerQuarter: 500_000 }],
    timeSignatures: [],
    repairs: [],
  };
}

/** Returns the ticks at which the bars of a score begin, and the end of its last bar. */
export function barTicks(score: Score): readonly number[] {
  return [0, ...barsOf(score).map(({ endTick }) => endTick)];
}
