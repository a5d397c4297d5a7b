import type { Statistic } from '@ramble/core/app';

import { pitchClassName, STEPS_PER_SECOND } from '../events/events.js';

const MILLISECONDS_PER_STEP = 1000 / STEPS_PER_SECOND;
const VELOCITIES_A_CLASS = 16;
/**
 * Interval of a melody in half tones (an octave) that shares a class with all larger intervals: `+12 or more`, `-12
 * or less`.
 */
const FARTHEST_STEP = 12;
/** Number from which all numbers are in one class, `8 or more`. */
const MAX_COUNTED = 8;

const PITCH_CLASSES = Array.from({ length: 12 }, (_, pitch) => pitchClassName(pitch));
const VELOCITIES = Array.from({ length: 128 / VELOCITIES_A_CLASS }, (_, i) =>
  velocityClass(i * VELOCITIES_A_CLASS),
);
const MELODY_STEPS = Array.from({ length: 2 * FARTHEST_STEP + 1 }, (_, i) =>
  melodyStep(i - FARTHEST_STEP),
);

/**
 * Returns the fractions of items by the names of their classes, in the order of `names`; classes without items are
 * left out.
 */
export function sharesOf<T>(
  items: readonly T[],
  nameOf: (item: T) => string,
  names: readonly string[],
): Record<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(nameOf(item), (counts.get(nameOf(item)) ?? 0) + 1);
  const present = names.filter((name) => counts.has(name));
  return Object.fromEntries(present.map((name) => [name, (counts.get(name) ?? 0) / items.length]));
}

/**
 * Returns, for each number, its fraction of the total weight. The keys are `0`, `1`, up to `8 or more`; fractions of
 * 0 are left out.
 */
export function sharesByNumber(
  weighted: Iterable<readonly [number, weight: number]>,
): Record<string, number> {
  const weights = new Float64Array(MAX_COUNTED + 1);
  for (const [number, weight] of weighted) weights[Math.min(number, MAX_COUNTED)] += weight;
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  const shares = Array.from(weights, (weight, i): [string, number] => {
    return [i === MAX_COUNTED ? `${i} or more` : `${i}`, weight / all];
  });
  return Object.fromEntries(shares.filter(([, share]) => share > 0));
}

/** Returns the fractions of notes by their pitch classes. */
export function pitchClassShares(
  notes: readonly { readonly pitch: number }[],
): Record<string, number> {
  return sharesOf(notes, ({ pitch }) => pitchClassName(pitch), PITCH_CLASSES);
}

/** Returns the fractions of notes by their velocities, in classes of sixteen. */
export function velocityShares(
  notes: readonly { readonly velocity: number }[],
): Record<string, number> {
  return sharesOf(notes, ({ velocity }) => velocityClass(velocity), VELOCITIES);
}

/** Returns the fractions of the intervals between successive notes of melodies, by half tones: `+2`, `none`. */
export function melodyShares(
  melodies: readonly (readonly { readonly pitch: number }[])[],
): Record<string, number> {
  const steps = melodies.flatMap((notes) =>
    notes.slice(1).map(({ pitch }, i) => pitch - notes[i].pitch),
  );
  return sharesOf(steps, melodyStep, MELODY_STEPS);
}

/** Returns the entropy of fractions, in bits. */
export function bitsOf(shares: Readonly<Record<string, number>>): number {
  return Object.values(shares).reduce((bits, share) => bits - share * Math.log2(share), 0);
}

/**
 * Returns a list with one statistic, the mean of the values that are not undefined; an empty list if all are
 * undefined.
 */
export function meanOf(name: string, values: readonly (number | undefined)[]): Statistic[] {
  const known = values.filter((value) => value !== undefined);
  if (known.length === 0) return [];
  return [{ name, value: known.reduce((sum, value) => sum + value, 0) / known.length }];
}

/** Returns the time from each onset to the next, in the unit of the onsets. */
export function gapsOf(onsets: readonly number[]): number[] {
  const starts = [...onsets].sort((a, b) => a - b);
  return starts.slice(1).map((start, i) => start - starts[i]);
}

/**
 * Makes a function that returns the fractions of times by class. A class contains the times below its end.
 *
 * @param ends - The upper ends of all classes but the last, ascending.
 * @param names - The names of the classes, one more than there are ends.
 */
export function timeClasses(
  ends: readonly number[],
  names: readonly string[],
): (times: readonly number[]) => Record<string, number> {
  const nameOf = (time: number): string => names[ends.filter((end) => end <= time).length];
  return (times) => sharesOf(times, nameOf, names);
}

/**
 * Makes a function like `timeClasses` does, for times in steps of 10 ms and classes that are named by their
 * milliseconds. The class of times below the first end has the name `shortest`.
 */
export function stepClasses(
  ends: readonly number[],
  shortest: string,
): ReturnType<typeof timeClasses> {
  const names = ends.map((end, i) => {
    const next = ends.at(i + 1);
    return next === undefined ? `${milliseconds(end)} ms or more` : spanOf(end, next);
  });
  return timeClasses(ends, [shortest, ...names]);
}

function spanOf(from: number, to: number): string {
  return `${milliseconds(from)} to ${milliseconds(to - 1)} ms`;
}

function milliseconds(steps: number): number {
  return steps * MILLISECONDS_PER_STEP;
}

/**
 * Formats an interval of a melody: `+2`, `none`, `-12 or less`. Names are not plain numbers, because objects
 * sort such keys first.
 */
function melodyStep(halfTones: number): string {
  const step = Math.max(-FARTHEST_STEP, Math.min(FARTHEST_STEP, halfTones));
  if (step === 0) return 'none';
  const name = step > 0 ? `+${step}` : `${step}`;
  if (Math.abs(step) < FARTHEST_STEP) return name;
  return `${name} or ${step > 0 ? 'more' : 'less'}`;
}

function velocityClass(velocity: number): string {
  const first = Math.floor(velocity / VELOCITIES_A_CLASS) * VELOCITIES_A_CLASS;
  return `${Math.max(1, first)} to ${first + VELOCITIES_A_CLASS - 1}`;
}
