import { stepAt, STEPS_PER_SECOND } from '../events/events.js';
import type { Note } from '../notes/note.js';

/** Maximum distance, in steps, of onsets that count as simultaneous. */
const LOOSE_STEPS = 3;

/** Onset strength (how many notes begin near a step) at each step. */
interface OnsetTrain {
  /** The step of the first strength. */
  readonly firstStep: number;
  readonly strengths: Float64Array;
}

/** Returns the strengths of the notes' onsets, each spread over neighbouring steps; empty without notes. */
function onsetTrain(notes: readonly Pick<Note, 'startSeconds'>[]): OnsetTrain {
  const starts = notes.map(({ startSeconds }) => stepAt(startSeconds));
  const [first, last] = starts.reduce(
    ([low, high], start) => [Math.min(low, start), Math.max(high, start)],
    [Infinity, -Infinity],
  );
  const strengths = new Float64Array(notes.length === 0 ? 0 : last - first + 2 * LOOSE_STEPS + 1);
  for (const start of starts) {
    for (let off = -LOOSE_STEPS; off <= LOOSE_STEPS; off++) {
      strengths[start - first + LOOSE_STEPS + off] += 1 - Math.abs(off) / (LOOSE_STEPS + 1);
    }
  }
  return { firstStep: first - LOOSE_STEPS, strengths };
}

/** Range of estimated tempos, in beats a minute. */
export const TEMPO_RANGE = [40, 240] as const;
const STEPS_PER_MINUTE = 60 * STEPS_PER_SECOND;
/** Most usual tempo in beats a minute. `USUAL_OCTAVES` is the standard deviation around it, in octaves of tempo. */
const USUAL_TEMPO = 110;
const USUAL_OCTAVES = 0.9;

/**
 * Estimates the tempo of notes by autocorrelation of their onsets, weighted by how usual the tempo is.
 *
 * @returns beats a minute, within {@link TEMPO_RANGE}; `undefined` if no two notes are a beat apart.
 * @see Ellis 2007, Beat Tracking by Dynamic Programming, section 3.2,
 *   https://www.ee.columbia.edu/~dpwe/pubs/Ellis07-beattrack.pdf
 */
export function estimateTempo(notes: readonly Pick<Note, 'startSeconds'>[]): number | undefined {
  const { strengths } = onsetTrain(notes);
  const [slowest, fastest] = TEMPO_RANGE;
  let [best, bestScore] = [0, 0];
  for (let lag = STEPS_PER_MINUTE / fastest; lag <= STEPS_PER_MINUTE / slowest; lag++) {
    const octaves = Math.log2(STEPS_PER_MINUTE / lag / USUAL_TEMPO) / USUAL_OCTAVES;
    const score = likeItself(strengths, lag) * Math.exp(-0.5 * octaves * octaves);
    if (score > bestScore) [best, bestScore] = [lag, score];
  }
  return best > 0 ? STEPS_PER_MINUTE / best : undefined;
}

function likeItself(onsets: Float64Array, lag: number): number {
  let sum = 0;
  for (let step = lag; step < onsets.length; step++) sum += onsets[step] * onsets[step - lag];
  return sum;
}

/** Weight of steady beats relative to beats on notes. */
const TIGHTNESS = 100;
/** Tempo in beats a minute if none can be estimated. */
const DEFAULT_TEMPO = 120;

/**
 * Tracks the beats of notes, also when the tempo changes. The sequence of beats maximizes onsets on beats and
 * steadiness: `sum of onsets - 100 * ln(length / period)^2` over its beats, with the estimated tempo's
 * period.
 *
 * @returns steps of 10 ms in ascending order, at least two; beats before the first onset and until the last
 *   note ends are a period apart.
 * @see Ellis 2007, Beat Tracking by Dynamic Programming, section 2,
 *   https://www.ee.columbia.edu/~dpwe/pubs/Ellis07-beattrack.pdf
 */
export function trackBeats(
  notes: readonly Pick<Note, 'startSeconds' | 'endSeconds'>[],
): readonly number[] {
  const tempo = estimateTempo(notes);
  const period = Math.round((60 * STEPS_PER_SECOND) / (tempo ?? DEFAULT_TEMPO));
  const { firstStep, strengths } = onsetTrain(notes);
  const starts = notes.map(({ startSeconds }) => stepAt(startSeconds));
  const first = starts.reduce((a, b) => Math.min(a, b), Infinity);
  const beats =
    tempo === undefined
      ? [notes.length === 0 ? 0 : first]
      : bestBeats(strengths, period).map((place) => firstStep + place);
  const end = notes.reduce((last, { endSeconds }) => Math.max(last, stepAt(endSeconds)), 0);
  while (beats[0] > first) beats.unshift(beats[0] - period);
  do beats.push(beats[beats.length - 1] + period);
  while (beats[beats.length - 1] < end);
  return beats;
}

/** Returns the best sequence of beats, as indices in the onset train. */
function bestBeats(strengths: Float64Array, period: number): number[] {
  const mean = strengths.reduce((sum, strength) => sum + strength, 0) / strengths.length;
  const squares = strengths.reduce((sum, strength) => sum + (strength - mean) ** 2, 0);
  const deviation = Math.sqrt(squares / strengths.length);
  const [shortest, longest] = [Math.ceil(period / 2), 2 * period];
  const penalties = Float64Array.from(
    { length: longest + 1 },
    (_, length) => TIGHTNESS * Math.log(length / period) ** 2,
  );
  const scores = new Float64Array(strengths.length);
  const before = new Int32Array(strengths.length).fill(-1);
  for (let place = 0; place < strengths.length; place++) {
    let best = 0; // score of a sequence that begins here
    for (let length = shortest; length <= longest && length <= place; length++) {
      const score = scores[place - length] - penalties[length];
      if (score > best) [best, before[place]] = [score, place - length];
    }
    scores[place] = best + strengths[place] / deviation;
  }
  let place = Math.max(0, strengths.length - period);
  for (let i = place; i < scores.length; i++) if (scores[i] > scores[place]) place = i;
  const beats: number[] = [];
  for (; place >= 0; place = before[place]) beats.push(place);
  return beats.reverse();
}
