import { stepAt } from '../events/encode-notes.js';
import { STEPS_PER_SECOND } from '../events/event-ids.js';
import type { Note } from '../notes/note.js';

/** Slowest and fastest tempo that is told, in beats a minute. */
export const TEMPO_RANGE = [40, 240] as const;
const STEPS_PER_MINUTE = 60 * STEPS_PER_SECOND;
/** Beats are felt at this tempo most of all, and this many octaves around it. */
const USUAL_TEMPO = 110;
const USUAL_OCTAVES = 0.9;
/** Onsets that are so near to one another, in steps, are played together; people are not exact. */
const LOOSE_STEPS = 3;

/**
 * The tempo of notes, from how far their onsets are apart: the period at which the train of onsets is most
 * like itself, weighted by how usual it is as a beat.
 *
 * @returns beats a minute, within {@link TEMPO_RANGE}; `undefined` where no two notes are a beat apart.
 * @see Ellis 2007, Beat Tracking by Dynamic Programming, section 3.2,
 *   https://www.ee.columbia.edu/~dpwe/pubs/Ellis07-beattrack.pdf
 */
export function estimateTempo(notes: readonly Pick<Note, 'startSeconds'>[]): number | undefined {
  const onsets = onsetTrain(notes);
  const [slowest, fastest] = TEMPO_RANGE;
  let [best, bestScore] = [0, 0];
  for (let lag = STEPS_PER_MINUTE / fastest; lag <= STEPS_PER_MINUTE / slowest; lag++) {
    const octaves = Math.log2(STEPS_PER_MINUTE / lag / USUAL_TEMPO) / USUAL_OCTAVES;
    const score = likeItself(onsets, lag) * Math.exp(-0.5 * octaves * octaves);
    if (score > bestScore) [best, bestScore] = [lag, score];
  }
  return best > 0 ? STEPS_PER_MINUTE / best : undefined;
}

/** How many notes begin at each step, each spread over those around it. */
function onsetTrain(notes: readonly Pick<Note, 'startSeconds'>[]): Float64Array {
  const starts = notes.map(({ startSeconds }) => stepAt(startSeconds));
  const [first, last] = starts.reduce(
    ([low, high], start) => [Math.min(low, start), Math.max(high, start)],
    [Infinity, -Infinity],
  );
  const onsets = new Float64Array(notes.length === 0 ? 0 : last - first + 2 * LOOSE_STEPS + 1);
  for (const start of starts) {
    for (let off = -LOOSE_STEPS; off <= LOOSE_STEPS; off++) {
      onsets[start - first + LOOSE_STEPS + off] += 1 - Math.abs(off) / (LOOSE_STEPS + 1);
    }
  }
  return onsets;
}

function likeItself(onsets: Float64Array, lag: number): number {
  let sum = 0;
  for (let step = lag; step < onsets.length; step++) sum += onsets[step] * onsets[step - lag];
  return sum;
}
