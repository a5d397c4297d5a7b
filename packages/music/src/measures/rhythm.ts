import { closest } from '../remi/time-values.js';
import { type Bar, barsOf } from '../score/bar-ticks.js';
import { ticksPerBeat } from '../score/meter.js';
import type { Score } from '../score/score.js';
import { sharesOf } from './shares.js';

/** Places within a beat, by the smallest number of equal parts of a beat of which one begins there. */
const BEAT_PARTS: ReadonlyMap<number, string> = new Map([
  [1, 'on the beat'],
  [2, 'on a half'],
  [3, 'on a third'],
  [4, 'on a quarter'],
  [6, 'on a sixth'],
  [8, 'on an eighth'],
]);
const ELSEWHERE = 'elsewhere';

/** Converts ticks of a score to bars: the third beat of the first bar of 4/4 is at 0.5. */
export function ticksToBars(score: Score): (tick: number) => number {
  const bars = barsOf(score);
  const barAt = barFinder(bars);
  return (tick) => {
    const bar = barAt(tick);
    const { startTick, endTick } = bars[bar];
    return bar + (tick - startTick) / (endTick - startTick);
  };
}

/** Shares of onsets by the half beat of the bar that they are in: `beat 1`, `beat 1 and`, `beat 2`. */
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

/** Shares of onsets by where in a beat they are: on it, on a half, third, quarter, sixth or eighth, or elsewhere. */
export function beatPartShares(scores: readonly Score[]): Record<string, number> {
  const nameOf = ({ offsetTicks, beatTicks }: Onset): string =>
    BEAT_PARTS.get(beatTicks / commonDivisor(beatTicks, offsetTicks)) ?? ELSEWHERE;
  return sharesOf(scores.flatMap(onsetsOf), nameOf, [...BEAT_PARTS.values(), ELSEWHERE]);
}

/** Shares of bars by their time signatures, in the order of their note values, then of their beats. */
export function signatureShares(scores: readonly Score[]): Record<string, number> {
  const signatures = scores.flatMap(barsOf).map(({ signature }) => signature);
  const sorted = [...signatures].sort((a, b) => a.beatType - b.beatType || a.beats - b.beats);
  return sharesOf(signatures, signatureName, [...new Set(sorted.map(signatureName))]);
}

function signatureName({ beats, beatType }: Bar['signature']): string {
  return `${beats}/${beatType}`;
}

/** Where in its bar a note begins. */
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

/** Finds the index of the bar that a tick is in; the end of the last bar is in it. */
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
