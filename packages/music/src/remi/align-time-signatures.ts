import type { TimeSignature } from '../score/score.js';
import { ticksPerBar } from '../score/meter.js';

/**
 * Time signatures at the beginnings of bars: one that comes within a bar is delayed to the next. Of
 * several in one bar the last counts, and one that changes nothing is dropped.
 *
 * @param signatures - At least one, in order of their ticks; the first at tick 0.
 * @see MidiTok, `_preprocess_time_signatures`
 */
export function alignTimeSignatures(
  signatures: readonly TimeSignature[],
  ticksPerQuarter: number,
): readonly TimeSignature[] {
  const aligned: TimeSignature[] = [];
  for (const signature of signatures) {
    const last = aligned.at(-1);
    if (last === undefined) {
      aligned.push(signature);
      continue;
    }
    if (isEqual(signature, last)) continue;
    const bar = ticksPerBar(last, ticksPerQuarter);
    const bars = Math.ceil(Math.max(0, signature.tick - last.tick) / bar);
    const moved = { ...signature, tick: last.tick + bars * bar };
    if (moved.tick === last.tick) aligned.pop();
    const before = aligned.at(-1);
    if (before === undefined || !isEqual(moved, before)) aligned.push(moved);
  }
  return aligned;
}

function isEqual(a: TimeSignature, b: TimeSignature): boolean {
  return a.beats === b.beats && a.beatType === b.beatType;
}
