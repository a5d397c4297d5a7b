import { STEPS_PER_SECOND } from '../events/events.js';
import { listAt, type StepNote } from '../notes/note.js';
import { closest } from '../remi/time-values.js';
import { type Bar, barsOf, type Score, ticksPerBeat } from '../score/score.js';
import { sharesOf } from './shares.js';

/** Names of positions in a beat, by the smallest number of equal parts into which they can divide the beat. */
const BEAT_PARTS: ReadonlyMap<number, string> = new Map([
  [1, 'on the beat'],
  [2, 'on a half'],
  [3, 'on a third'],
  [4, 'on a quarter'],
  [6, 'on a sixth'],
  [8, 'on an eighth'],
]);
const ELSEWHERE = 'elsewhere';

/** Returns a function that converts ticks of a score to bars: the third beat of the first bar of 4/4 is at 0.5. */
export function ticksToBars(score: Score): (tick: number) => number {
  const bars = barsOf(score);
  const barAt = barFinder(bars);
  return (tick) => {
    const bar = barAt(tick);
    const { startTick, endTick } = bars[bar];
    return bar + (tick - startTick) / (endTick - startTick);
  };
}

/** Returns the fractions of onsets by the half beat of the bar: `beat 1`, `beat 1 and`, `beat 2`. */
export function positionShares(scores: readonly Score[]): Record<string, number> {
  const halves = scores
    .flatMap(onsetsOf)
    .map(({ offsetTicks, beatTicks }) => Math.floor((2 * offsetTicks) / beatTicks));
  const last = halves.reduce((a, b) => Math.max(a, b), 0);
  const nameOf = (half: number): string =>
    `beat ${Math.floor(half / 2) + 1}${half % 2 === 0 ? '' : ' and'}`;
  return sharesOf(
    halves,
    nameOf,
    Array.from({ length: last + 1 }, (_, half) => nameOf(half)),
  );
}

/**
 * Returns the fractions of onsets by their position in a beat: on it, on a half, third, quarter, sixth or
 * eighth, or elsewhere.
 */
export function beatPartShares(scores: readonly Score[]): Record<string, number> {
  const nameOf = ({ offsetTicks, beatTicks }: Onset): string =>
    BEAT_PARTS.get(beatTicks / commonDivisor(beatTicks, offsetTicks)) ?? ELSEWHERE;
  return sharesOf(scores.flatMap(onsetsOf), nameOf, [...BEAT_PARTS.values(), ELSEWHERE]);
}

/** Returns the fractions of bars by their time signatures, in the order of note values, then of beats. */
export function signatureShares(scores: readonly Score[]): Record<string, number> {
  const signatures = scores.flatMap(barsOf).map(({ signature }) => signature);
  const sorted = [...signatures].sort((a, b) => a.beatType - b.beatType || a.beats - b.beats);
  return sharesOf(signatures, signatureName, [...new Set(sorted.map(signatureName))]);
}

function signatureName({ beats, beatType }: Bar['signature']): string {
  return `${beats}/${beatType}`;
}

/** Position of a note in its bar. */
interface Onset {
  /** Ticks from the beginning of the bar. */
  readonly offsetTicks: number;
  readonly beatTicks: number;
}

function onsetsOf(score: Score): Onset[] {
  const bars = barsOf(score);
  const barAt = barFinder(bars);
  const notes = score.parts.flatMap((part) => part.notes);
  return notes.map(({ tick }) => {
    const { startTick, signature } = bars[barAt(tick)];
    const beatTicks = ticksPerBeat(signature, score.ticksPerQuarter);
    return { offsetTicks: tick - startTick, beatTicks };
  });
}

/** Returns a function that finds the index of the bar of a tick. The end of the last bar belongs to the last bar. */
function barFinder(bars: readonly Bar[]): (tick: number) => number {
  const starts = bars.map(({ startTick }) => startTick);
  return (tick) => {
    const nearest = closest(starts, tick);
    return starts[nearest] > tick ? nearest - 1 : nearest;
  };
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}

/**
 * Range of a grid's step length, in steps of 10 ms: any steady pulse has a half, a quarter or a double in this range.
 */
const [FINEST, COARSEST] = [9, 18];
const DISTANCE_STEP = 0.25;
/** Maximum distance of an onset from a position of the grid, as a fraction of the grid's step. */
const NEAR = 0.2;
/** Number of seconds in which tempo and beat are assumed to be steady. */
const STEADY_SECONDS = 8;
/** Minimum number of onsets that determine a beat. */
const FEWEST_ONSETS = 8;

/**
 * Returns the fraction of onsets that are on a grid. The grid's step is 90 to 180 ms, the best fit for each eight
 * seconds. Random onsets score about 0.6: two fifths are near any grid, and the best grid is chosen.
 *
 * @returns 0 to 1; `undefined` if no eight seconds have enough onsets.
 */
export function shareOnGrid(notes: readonly StepNote[]): number | undefined {
  const parts = new Map<number, number[]>();
  for (const { startStep } of notes) {
    listAt(parts, Math.floor(startStep / (STEADY_SECONDS * STEPS_PER_SECOND))).push(startStep);
  }
  let [near, all] = [0, 0];
  for (const starts of parts.values()) {
    if (starts.length < FEWEST_ONSETS) continue;
    near += nearBestGrid(starts);
    all += starts.length;
  }
  return all === 0 ? undefined : near / all;
}

function nearBestGrid(starts: readonly number[]): number {
  let max = 0;
  for (let distance = FINEST; distance < COARSEST; distance += DISTANCE_STEP) {
    max = Math.max(max, nearGrid(starts, distance));
  }
  return max;
}

/** Returns the maximum number of onsets near a grid, of the grids that begin at one of the onsets. */
function nearGrid(starts: readonly number[], distance: number): number {
  const offsets = starts.map((start) => start % distance);
  let max = 0;
  for (const beginning of new Set(offsets)) {
    let near = 0;
    for (const offset of offsets) {
      const apart = Math.abs(offset - beginning);
      if (Math.min(apart, distance - apart) <= NEAR * distance) near++;
    }
    max = Math.max(max, near);
  }
  return max;
}
