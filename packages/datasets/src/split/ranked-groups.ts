import { createHash } from 'node:crypto';

import { connectedComponents } from './connected-components.js';

/** The keys of an item; items in different parts of a split must not share one. */
export type KeysOf<Item> = (item: Item) => Iterable<string>;

/** Groups of more than this share of a part are learned from: one theme must not fill a test. */
const LARGEST_SHARE = 0.02;

/**
 * Groups items that are connected by keys, in an order by a hash of their keys, so that it changes
 * little as data grows.
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

/** Whether a group is small enough for a part of a given size. */
export function isSmall(group: readonly number[], count: number): boolean {
  return group.length <= Math.max(1, count * LARGEST_SHARE);
}

/** The items of some groups, in the original order. */
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
