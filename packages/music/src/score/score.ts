/** A note of a score, in ticks. */
export interface ScoreNote {
  readonly tick: number;
  readonly durationTicks: number;
  /** 0 to 127; middle C is 60. */
  readonly pitch: number;
  /** The velocity, 1 to 127. */
  readonly velocity: number;
}

/** Program number of all drum kits, as in MidiTok. */
export const DRUMS = -1;

/** Notes of one instrument. */
export interface ScorePart {
  /** A MIDI program, 0 to 127, or `DRUMS`. */
  readonly program: number;
  /** Notes in the order of their ticks. */
  readonly notes: readonly ScoreNote[];
}

/** A tempo from a tick on. */
export interface TempoChange {
  readonly tick: number;
  readonly microsecondsPerQuarter: number;
}

/** A time signature from a tick on. */
export interface TimeSignature {
  readonly tick: number;
  /** Number of beats in a bar: 6 of 6/8. */
  readonly beats: number;
  /** The note value of a beat: 8 of 6/8. */
  readonly beatType: number;
}

/** Music in ticks, as a MIDI file has it: bars and beats are known, seconds follow from the tempos. */
export interface Score {
  /** Name of the file. */
  readonly name: string;
  readonly ticksPerQuarter: number;
  /** Parts in the order of the file; several may have one program, and some have no notes. */
  readonly parts: readonly ScorePart[];
  readonly tempos: readonly TempoChange[];
  readonly timeSignatures: readonly TimeSignature[];
  /** Faults of the file that were repaired, in words. */
  readonly repairs: readonly string[];
}

/** The time signature before any. */
export const COMMON_TIME = { beats: 4, beatType: 4 } as const;

/** Ticks of a beat: the note value that a time signature counts. */
export function ticksPerBeat(
  { beatType }: Pick<TimeSignature, 'beatType'>,
  ticksPerQuarter: number,
): number {
  return Math.floor((ticksPerQuarter * 4) / beatType);
}

/** Ticks of a bar. */
export function ticksPerBar(
  signature: Omit<TimeSignature, 'tick'>,
  ticksPerQuarter: number,
): number {
  return ticksPerBeat(signature, ticksPerQuarter) * signature.beats;
}

/** A stretch of music whose beats are of one length. */
export interface BeatSection {
  readonly startTick: number;
  /** The tick at which the next section begins; `Infinity` for the last. */
  readonly endTick: number;
  readonly ticksPerBeat: number;
}

/** The sections of time signatures, those with equal beats as one. */
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

/** The section that a tick is in. */
export function sectionAt(sections: readonly BeatSection[], tick: number): BeatSection {
  const found = sections.find(({ endTick }) => tick < endTick);
  return found ?? sections[sections.length - 1];
}

/** A bar of a score. */
export interface Bar {
  readonly startTick: number;
  /** The tick at which the next bar begins. */
  readonly endTick: number;
  readonly signature: Omit<TimeSignature, 'tick'>;
}

/**
 * The bars of a score up to the end of its last note; a score has one bar at least. A bar lasts one tick at
 * least: a time signature may count beats that are shorter than that.
 */
export function barsOf({ ticksPerQuarter, parts, timeSignatures }: Score): readonly Bar[] {
  const end = parts
    .flatMap(({ notes }) => notes)
    .reduce((last, { tick, durationTicks }) => Math.max(last, tick + durationTicks), 1);
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

/** The ticks at which the bars of a score begin, and the one at which its last bar ends. */
export function barTicks(score: Score): readonly number[] {
  return [0, ...barsOf(score).map(({ endTick }) => endTick)];
}
