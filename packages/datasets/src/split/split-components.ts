import { isSmall, itemsOf, type KeysOf, rankedGroups } from './ranked-groups.js';

/** Items in three parts that share no key. */
export interface ComponentSplit<Item> {
  readonly train: readonly Item[];
  readonly validation: readonly Item[];
  readonly test: readonly Item[];
}

export interface ComponentSplitOptions<Item> {
  readonly keysOf: KeysOf<Item>;
  /** About how many things of each part but the first. */
  readonly validation: number;
  readonly test: number;
}

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
  return {
    train: itemsOf(items, parts.train),
    validation: itemsOf(items, parts.validation),
    test: itemsOf(items, parts.test),
  };
}
