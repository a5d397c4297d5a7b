import { createHash } from 'node:crypto';

import { connectedComponents } from './connected-components.js';

/** Things in three parts, none of which has a key that another has. */
export interface ComponentSplit<Item> {
  readonly train: readonly Item[];
  readonly validation: readonly Item[];
  readonly test: readonly Item[];
}

export interface ComponentSplitOptions<Item> {
  /** What two things must not have in common when one is learned from and the other tested on. */
  readonly keysOf: (item: Item) => Iterable<string>;
  /** About how many things of each part but the first. */
  readonly validation: number;
  readonly test: number;
}

/** Groups of more than this share of a part are learned from: one theme must not fill a test. */
const LARGEST_SHARE = 0.02;

/**
 * Sets things apart to validate and to test on, with all that is connected with them by keys. Which
 * ones follows from their keys alone, by hash: as data grows, most of what was set apart stays so.
 *
 * @throws RangeError when there are too few small groups.
 */
export function splitComponents<Item>(
  items: readonly Item[],
  { keysOf, validation, test }: ComponentSplitOptions<Item>,
): ComponentSplit<Item> {
  const keys = items.map((item) => [...keysOf(item)]);
  const groups = connectedComponents(keys).map((members) => ({
    members,
    rank: members.map((item) => hashOf(keys[item])).reduce((a, b) => (a < b ? a : b)),
  }));
  groups.sort((a, b) => (a.rank < b.rank ? -1 : 1));
  const parts = { train: [] as number[], validation: [] as number[], test: [] as number[] };
  for (const { members } of groups) {
    const fits = (part: 'validation' | 'test', count: number): boolean =>
      parts[part].length < count && members.length <= Math.max(1, count * LARGEST_SHARE);
    if (fits('test', test)) parts.test.push(...members);
    else if (fits('validation', validation)) parts.validation.push(...members);
    else parts.train.push(...members);
  }
  if (
    parts.train.length === 0 ||
    parts.validation.length < validation ||
    parts.test.length < test
  ) {
    throw new RangeError(
      `data: expected ${test} to test on, ${validation} to validate on and some to learn from, ` +
        `got ${items.length} in ${groups.length} groups`,
    );
  }
  const inOrder = (part: number[]): Item[] => part.sort((a, b) => a - b).map((item) => items[item]);
  return {
    train: inOrder(parts.train),
    validation: inOrder(parts.validation),
    test: inOrder(parts.test),
  };
}

function hashOf(keys: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(keys)).digest('hex');
}
