import { createHash } from 'node:crypto';

/** Items in three parts that have no key in common. */
export interface ComponentSplit<Item> {
  readonly train: readonly Item[];
  readonly validation: readonly Item[];
  readonly test: readonly Item[];
}

export interface ComponentSplitOptions<Item> {
  readonly keysOf: KeysOf<Item>;
  /** Approximate number of items for validation and for testing. */
  readonly validation: number;
  readonly test: number;
}

/**
 * Holds out items for validation and testing, together with all items connected to them by keys. The choice
 * depends only on hashes of the keys: when data grows, most held-out items stay held out.
 *
 * @throws RangeError if the data has too few small groups.
 */
export function splitComponents<Item>(
  items: readonly Item[],
  { keysOf, validation, test }: ComponentSplitOptions<Item>,
): ComponentSplit<Item> {
  const groups = rankedGroups(items, keysOf);
  const counts = { validation: 0, test: 0 };
  const parts = { train: [] as number[][], validation: [] as number[][], test: [] as number[][] };
  for (const group of groups) {
    const fits = (part: keyof typeof counts, count: number): boolean =>
      counts[part] < count && isSmall(group, count);
    const part = fits('test', test) ? 'test' : fits('validation', validation) && 'validation';
    parts[part || 'train'].push(group);
    if (part) counts[part] += group.length;
  }
  if (parts.train.length === 0 || counts.validation < validation || counts.test < test) {
    throw new RangeError(
      `data: expected at least ${test} examples for testing, ${validation} for validation and some for training, ` +
        `got ${items.length} in ${groups.length} groups`,
    );
  }
  return mapSplit(parts, (part) => itemsOf(items, part));
}

/** Converts the items of each part by calling `map` once with all items of the part. */
export function mapSplit<Item, Other>(
  { train, validation, test }: ComponentSplit<Item>,
  map: (part: readonly Item[]) => readonly Other[],
): ComponentSplit<Other> {
  return { train: map(train), validation: map(validation), test: map(test) };
}

/**
 * Groups items that have a key in common, directly or through other items. No two groups have a key in
 * common.
 *
 * @returns groups of indices; groups and their members are in the order of the items.
 */
export function connectedComponents(keysOfItems: readonly Iterable<string>[]): number[][] {
  const parents = Int32Array.from(keysOfItems, (_, item) => item);
  const rootOf = (item: number): number => {
    let root = item;
    while (parents[root] !== root) root = parents[root] = parents[parents[root]]; // path halving
    return root;
  };
  const firstWith = new Map<string, number>();
  keysOfItems.forEach((keys, item) => {
    for (const key of keys) {
      const other = firstWith.get(key);
      if (other === undefined) firstWith.set(key, item);
      else {
        const [a, b] = [rootOf(other), rootOf(item)];
        parents[Math.max(a, b)] = Math.min(a, b);
      }
    }
  });
  const groups = new Map<number, number[]>();
  keysOfItems.forEach((_, item) => {
    const root = rootOf(item);
    const group = groups.get(root);
    if (group) group.push(item);
    else groups.set(root, [item]);
  });
  return [...groups.values()];
}

/** Returns the keys of an item. Items in different parts of a split must not have a key in common. */
export type KeysOf<Item> = (item: Item) => Iterable<string>;

/** Maximum size of a held-out group, as a fraction of a part, so that one topic does not fill a test set. */
const LARGEST_SHARE = 0.02;

/**
 * Groups items that are connected by keys, and orders the groups by a hash of their keys, so that the order changes
 * little when data grows.
 *
 * @returns groups of the items' indices.
 */
function rankedGroups<Item>(items: readonly Item[], keysOf: KeysOf<Item>): number[][] {
  const keys = items.map((item) => [...keysOf(item)]);
  const groups = connectedComponents(keys).map((members) => ({
    members,
    rank: members.map((item) => hashOf(keys[item])).reduce((a, b) => (a < b ? a : b)),
  }));
  groups.sort((a, b) => (a.rank < b.rank ? -1 : 1));
  return groups.map(({ members }) => members);
}

/** Whether a group is small enough for a part of a given size. */
function isSmall(group: readonly number[], count: number): boolean {
  return group.length <= Math.max(1, count * LARGEST_SHARE);
}

/** Returns the items of some groups, in the original order. */
function itemsOf<Item>(items: readonly Item[], groups: readonly (readonly number[])[]): Item[] {
  const indices = groups.flat().sort((a, b) => a - b);
  return indices.map((item) => items[item]);
}

function hashOf(keys: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(keys)).digest('hex');
}

/** Items in two parts that have no key in common. */
export interface HeldOut<Item> {
  readonly learned: readonly Item[];
  /** Held-out items; empty if all items are connected. */
  readonly heldOut: readonly Item[];
}

export interface HoldOutOptions<Item> {
  readonly keysOf: KeysOf<Item>;
  /** Number of items to hold out. The result may differ a little, because groups of connected items stay together. */
  readonly count: number;
}

/**
 * Holds items out, together with all items connected to them by keys, as `splitComponents` does. If
 * there are too few small groups, the smallest of the other groups are held out.
 */
export function holdOut<Item>(
  items: readonly Item[],
  { keysOf, count }: HoldOutOptions<Item>,
): HeldOut<Item> {
  const groups = rankedGroups(items, keysOf);
  const largest = groups.reduce((a, b) => (b.length >= a.length ? b : a), []); // at least one group must remain for training
  const held = new Set<number[]>();
  let size = 0;
  const hold = (group: number[]): void => {
    held.add(group);
    size += group.length;
  };
  for (const group of groups) {
    if (group !== largest && size < count && isSmall(group, count)) hold(group);
  }
  const others = groups.filter((group) => group !== largest && !held.has(group));
  for (const group of others.sort((a, b) => a.length - b.length)) {
    const isNearer = Math.abs(size + group.length - count) < Math.abs(size - count);
    if (size === 0 || isNearer) hold(group);
  }
  return {
    learned: itemsOf(
      items,
      groups.filter((group) => !held.has(group)),
    ),
    heldOut: itemsOf(items, [...held]),
  };
}
