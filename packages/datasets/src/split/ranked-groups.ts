import { createHash } from 'node:crypto';

import { connectedComponents } from './connected-components.js';

/** What two things must not have in common when one is learned from and the other tested on. */
export type KeysOf<Item> = (item: Item) => Iterable<string>;

/** Groups of more than this share of a part are learned from: one theme must not fill a test. */
const LARGEST_SHARE = 0.02;

/**
 * Groups things that are connected by keys, in an order that follows from their keys alone, by hash: as
 * data grows, most of what came first still does.
 *
 * @returns indices of the items.
 */
export function rankedGroups<Item>(items: readonly Item[], keysOf: KeysOf<Item>): number[][] {
  const keys = items.map((item) => [...keysOf(item)]);
  const groups = connectedComponents(keys).map((members) => ({
    members,
    rank: members.map((item) => hashOf(keys[item])).reduce((a, b) => (a < b ? a : b)),
  }));
  groups.sort((a, b) => (a.rank < b.rank ? -1 : 1));
  return groups.map(({ members }) => members);
}

/** Whether a group may be part of so many things that are set apart. */
export function isSmall(group: readonly number[], count: number): boolean {
  return group.length <= Math.max(1, count * LARGEST_SHARE);
}

/** The things of some groups, in the order of all. */
export function itemsOf<Item>(
  items: readonly Item[],
  groups: readonly (readonly number[])[],
): Item[] {
  const indices = groups.flat().sort((a, b) => a - b);
  return indices.map((item) => items[item]);
}

function hashOf(keys: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(keys)).digest('hex');
}
