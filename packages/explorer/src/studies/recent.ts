/** Values that were made lately, up to a size in all; the one that was used longest ago goes first. */
export interface Recent<Value> {
  /**
   * The value of a key.
   *
   * @param make - Makes it where it is not there any more.
   */
  of(key: string, make: () => Value): Value;
}

/**
 * Keeps values that are dear to make.
 *
 * @param room - Maximum size of all values together; a larger one is not kept.
 * @param sizeOf - Size of one.
 */
export function recentValues<Value>(room: number, sizeOf: (value: Value) => number): Recent<Value> {
  const kept = new Map<string, { readonly value: Value; readonly size: number }>();
  let taken = 0;

  const drop = (key: string): void => {
    taken -= kept.get(key)?.size ?? 0;
    kept.delete(key);
  };
  return {
    of: (key, make) => {
      const value = kept.get(key)?.value ?? make();
      drop(key); // a map keeps its keys in the order in which they came
      const size = sizeOf(value);
      if (size > room) return value;
      while (taken + size > room) drop(kept.keys().next().value ?? key);
      kept.set(key, { value, size });
      taken += size;
      return value;
    },
  };
}
