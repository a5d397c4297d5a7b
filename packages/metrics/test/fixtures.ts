import { readFileSync } from 'node:fs';

/**
 * A part of the fixture `pairs`: name of a set of sentences, first row, end row (exclusive), and number of references
 * per sentence.
 */
export type View = readonly [set: string, start: number, end: number, referenceCount: number];

export interface Pairs {
  readonly hypotheses: readonly string[];
  readonly references: readonly (readonly string[])[];
}

/** Reads `fixtures/NAME.json`. The README of `fixtures/` describes the origin of each file. */
export function readFixture(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8'));
}

const PAIRS = readFixture('pairs') as Readonly<
  Record<string, { readonly hyps: string[]; readonly refs: string[][] }>
>;

/** Returns the sentences of a view, from which the scores of a fixture were computed. */
export function viewPairs([set, start, end, referenceCount]: View): Pairs {
  const { hyps, refs } = PAIRS[set];
  return {
    hypotheses: hyps.slice(start, end),
    references: refs.slice(0, referenceCount).map((list) => list.slice(start, end)),
  };
}

/**
 * Converts sacreBLEU's arguments to options of this package: `smooth_method` becomes `smoothMethod`, and `None` is
 * left out.
 */
export function optionsOf(given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const known = Object.entries(given).filter(([, value]) => value !== null);
  const camel = (name: string): string => name.replace(/_(\w)/g, (_, c: string) => c.toUpperCase());
  return Object.fromEntries(known.map(([name, value]) => [camel(name), value]));
}
