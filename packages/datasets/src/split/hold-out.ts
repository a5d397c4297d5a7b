import { isSmall, itemsOf, type KeysOf, rankedGroups } from './ranked-groups.js';

/** Items in two parts that share no key. */
export interface HeldOut<Item> {
  readonly learned: readonly Item[];
  /** Empty where all are connected. */
  readonly heldOut: readonly Item[];
}

export interface HoldOutOptions<Item> {
  readonly keysOf: KeysOf<Item>;
  /** Number of items to hold out, as closely as the groups allow. */
  readonly count: number;
}

/**
 * Holds some things out with all that is connected with them by keys, as `splitComponents` does; where
 * there are too few small groups, the smallest of the others.
 */
export function holdOut<Item>(
  items: readonly Item[],
  { keysOf, count }: HoldOutOptions<Item>,
): HeldOut<Item> {
  const groups = rankedGroups(items, keysOf);
  const largest = groups.reduce((a, b) => (b.length >= a.length ? b : a), []); // there must be one to learn
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
