import { STEPS_PER_SECOND } from '../events/event-ids.js';

const MILLISECONDS_PER_STEP = 1000 / STEPS_PER_SECOND;

/** Shares of some items by the names of their classes, in the order of the classes. */
export function sharesOf<T>(
  items: readonly T[],
  nameOf: (item: T) => string,
  names: readonly string[],
): Record<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(nameOf(item), (counts.get(nameOf(item)) ?? 0) + 1);
  const there = names.filter((name) => counts.has(name));
  return Object.fromEntries(there.map((name) => [name, (counts.get(name) ?? 0) / items.length]));
}

/** Classes of times, by their upper ends. */
export interface TimeClasses {
  readonly names: readonly string[];
  /** The class of a time in steps. */
  readonly nameOf: (steps: number) => string;
}

/**
 * Classes of times whose upper ends, in steps, are ascending; what is below the first one has a name of its
 * own.
 */
export function timeClasses(ends: readonly number[], shortest: string): TimeClasses {
  const names = [shortest];
  ends.forEach((end, i) => {
    const next = ends.at(i + 1);
    names.push(next === undefined ? `${milliseconds(end)} ms or more` : spanOf(end, next));
  });
  return {
    names,
    nameOf: (steps) => names[ends.filter((end) => end <= steps).length],
  };
}

function spanOf(from: number, to: number): string {
  return `${milliseconds(from)} to ${milliseconds(to - 1)} ms`;
}

function milliseconds(steps: number): number {
  return steps * MILLISECONDS_PER_STEP;
}
