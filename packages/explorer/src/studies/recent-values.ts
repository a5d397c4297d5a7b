/** A cache of values with a maximum total size, which evicts the least recently used value first. */
export interface Recent<Value> {
  /** Returns the value of a key; `undefined` if it is not in the cache. */
  find(key: string): Value | undefined;
  /**
   * Returns the value of a key.
   *
   * @param make - Makes the value if it is not in the cache.
   */
  of(key: string, make: () => Value): Value;
  /** Removes a value, unless its key has another value by now. */
  drop(key: string, value: Value): void;
}

/**
 * Creates a cache for values that are expensive to make.
 *
 * @param room - Maximum total size of the values; a larger value is not kept.
 * @param sizeOf - Returns the size of a value.
 */
export function recentValues<Value>(room: number, sizeOf: (value: Value) => number): Recent<Value> {
  const kept = new Map<string, { readonly value: Value; readonly size: number }>();
  let taken = 0;

  const drop = (key: string): void => {
    taken -= kept.get(key)?.size ?? 0;
    kept.delete(key);
  };
  const find = (key: string): Value | undefined => {
    const found = kept.get(key);
    if (!found) return undefined;
    kept.delete(key); // a map keeps its keys in insertion order
    kept.set(key, found);
    return found.value;
  };
  return {
    find,
    of: (key, make) => {
      const value = find(key) ?? make();
      drop(key); // its size may have changed
      const size = sizeOf(value);
      if (size > room) return value;
      while (taken + size > room) drop(kept.keys().next().value ?? key);
      kept.set(key, { value, size });
      taken += size;
      return value;
    },
    drop: (key, value) => {
      if (kept.get(key)?.value === value) drop(key);
    },
  };
}
