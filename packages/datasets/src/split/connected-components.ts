/**
 * Groups items that share a key, directly or through other items: no two groups share a key.
 *
 * @returns indices of the items, each group and the groups in the order of the items.
 */
export function connectedComponents(keysOfItems: readonly Iterable<string>[]): number[][] {
  const parents = Int32Array.from(keysOfItems, (_, item) => item);
  const rootOf = (item: number): number => {
    let root = item;
    while (parents[root] !== root) root = parents[root] = parents[parents[root]]; // halves the path
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
