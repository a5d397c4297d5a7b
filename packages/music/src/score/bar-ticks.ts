import { COMMON_TIME, ticksPerBar } from './meter.js';
import type { Score, TimeSignature } from './score.js';

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
