import { readFileSync } from 'node:fs';

/** `[set, first row, end row, lists of references]`. */
export type View = readonly [set: string, start: number, end: number, referenceCount: number];

export interface Pairs {
  readonly hypotheses: readonly string[];
  readonly references: readonly (readonly string[])[];
}

/** A file of `fixtures/`, whose README says where it comes from. */
export function readFixture(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8'));
}

const PAIRS = readFixture('pairs') as Readonly<
  Record<string, { readonly hyps: string[]; readonly refs: string[][] }>
>;

/** The sentences that a fixture's numbers are about. */
export function viewPairs([set, start, end, referenceCount]: View): Pairs {
  const { hyps, refs } = PAIRS[set];
  return {
    hypotheses: hyps.slice(start, end),
    references: refs.slice(0, referenceCount).map((list) => list.slice(start, end)),
  };
}

/** sacreBLEU's arguments as ours: `smooth_method` is `smoothMethod`, and `None` is left out. */
export function optionsOf(given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const known = Object.entries(given).filter(([, value]) => value !== null);
  const camel = (name: string): string => name.replace(/_(\w)/g, (_, c: string) => c.toUpperCase());
  return Object.fromEntries(known.map(([name, value]) => [camel(name), value]));
}
