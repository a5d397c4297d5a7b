/**
 * A copy of an object that has all its parts as its own, functions bound to it: an app or a domain may
 * be an instance of a class, and their functions are called by themselves.
 */
export function ownParts<T extends object>(value: T): T {
  const parts: Record<PropertyKey, unknown> = {};
  for (let each: object = value; each !== Object.prototype;) {
    for (const key of Reflect.ownKeys(each)) {
      if (key === 'constructor' || Object.hasOwn(parts, key)) continue;
      const part: unknown = Reflect.get(value, key);
      parts[key] = typeof part === 'function' ? (part.bind(value) as unknown) : part;
    }
    const parent = Reflect.getPrototypeOf(each);
    if (parent === null) break;
    each = parent;
  }
  return parts as T; // the same parts
}
