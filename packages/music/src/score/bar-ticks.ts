import { COMMON_TIME, ticksPerBar } from './meter.js';
import type { Score } from './score.js';

/**
 * The ticks at which the bars of a score begin, and the one at which its last bar ends; a score has one bar at
 * least.
 */
export function barTicks({ ticksPerQuarter, parts, timeSignatures }: Score): readonly number[] {
  const end = parts
    .flatMap(({ notes }) => notes)
    .reduce((last, { tick, durationTicks }) => Math.max(last, tick + durationTicks), 1);
  const ticks = [0];
  let signature = 0;
  for (let tick = 0; tick < end; ticks.push(tick)) {
    while ((timeSignatures[signature + 1]?.tick ?? Infinity) <= tick) signature++;
    tick += ticksPerBar(timeSignatures.at(signature) ?? COMMON_TIME, ticksPerQuarter);
  }
  return ticks;
}
