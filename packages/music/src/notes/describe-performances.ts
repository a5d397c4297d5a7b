import type { Statistic } from '@ramble/core';

import { STEPS_PER_SECOND } from '../events/event-ids.js';
import type { StepNote } from './note.js';

/** Upper ends of the classes of times between onsets, in steps. */
const GAPS = [1, 5, 10, 20, 40, 80] as const;
const VELOCITIES_A_CLASS = 16;
/** From so many notes on they are one class of how many sound at once. */
const MOST_SOUNDING = 8;

/**
 * What performances are like: how many notes a second and at once, how evenly the twelve pitch
 * classes are used, for how much of the time so many notes sound, how hard they are struck, and how long
 * it is from one to the next.
 */
export function describePerformances(
  performances: readonly (readonly StepNote[])[],
): readonly Statistic[] {
  const all = performances.filter((notes) => notes.length > 0);
  const notes = all.flat();
  const steps = all.reduce((sum, each) => sum + lengthOf(each), 0);
  const sounding = notes.reduce((sum, { startStep, endStep }) => sum + endStep - startStep, 0);
  const classes = sharesOf(notes, ({ pitch }) => `${pitch % 12}`);
  return [
    { name: 'notes a second', value: (notes.length * STEPS_PER_SECOND) / Math.max(1, steps) },
    { name: 'notes at once', value: sounding / Math.max(1, steps) },
    { name: 'seconds a note', value: sounding / STEPS_PER_SECOND / Math.max(1, notes.length) },
    { name: 'pitch-class entropy, bits', value: bitsOf(Object.values(classes)) },
    { name: 'sounding at once', shares: soundingShares(all, steps) },
    { name: 'velocity', shares: sharesOf(notes, ({ velocity }) => velocityClass(velocity)) },
    { name: 'onset to onset', shares: sharesOf(all.flatMap(gapsOf), gapClass) },
  ];
}

function lengthOf(notes: readonly StepNote[]): number {
  return notes.reduce((last, { endStep }) => Math.max(last, endStep), 0);
}

/** The shares of all steps by the number of notes that sound. */
function soundingShares(
  performances: readonly (readonly StepNote[])[],
  steps: number,
): Record<string, number> {
  const counts = new Float64Array(MOST_SOUNDING + 1);
  for (const notes of performances) {
    const changes = new Int32Array(lengthOf(notes) + 1);
    for (const { startStep, endStep } of notes) {
      changes[startStep]++;
      changes[endStep]--;
    }
    let sounding = 0;
    for (const change of changes.subarray(0, -1)) {
      sounding += change;
      counts[Math.min(sounding, MOST_SOUNDING)]++;
    }
  }
  const shares = Array.from(counts, (count, i): [string, number] => {
    return [i === MOST_SOUNDING ? `${i} or more` : `${i}`, count / Math.max(1, steps)];
  });
  return Object.fromEntries(shares.filter(([, share]) => share > 0));
}

/** Steps from each onset to the next. */
function gapsOf(notes: readonly StepNote[]): number[] {
  const starts = notes.map(({ startStep }) => startStep).sort((a, b) => a - b);
  return starts.slice(1).map((start, i) => start - starts[i]);
}

function velocityClass(velocity: number): string {
  const first = Math.floor(velocity / VELOCITIES_A_CLASS) * VELOCITIES_A_CLASS;
  return `${Math.max(1, first)} to ${first + VELOCITIES_A_CLASS - 1}`;
}

function gapClass(steps: number): string {
  const ms = (count: number): number => (count * 1000) / STEPS_PER_SECOND;
  const above = GAPS.findIndex((end) => steps < end);
  if (above === 0) return 'together';
  if (above < 0) return `${ms(GAPS[GAPS.length - 1])} ms or more`;
  return `${ms(GAPS[above - 1])} to ${ms(GAPS[above] - 1)} ms`;
}

/** Shares by name, in the order of the names' numbers. */
function sharesOf<T>(items: readonly T[], nameOf: (item: T) => string): Record<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(nameOf(item), (counts.get(nameOf(item)) ?? 0) + 1);
  const order = ([name]: [string, number]): number => (name === 'together' ? -1 : parseInt(name));
  const sorted = [...counts].sort((a, b) => order(a) - order(b));
  return Object.fromEntries(sorted.map(([name, count]) => [name, count / items.length]));
}

function bitsOf(shares: readonly number[]): number {
  return shares.reduce((bits, share) => bits - share * Math.log2(share), 0);
}
