import type { TimeSignature } from './score.js';

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
