/** An object whose functions are called by themselves. */
export type OwnParts<T> = { [Key in keyof T]: Bound<T[Key]> };

type Bound<Part> = Part extends (...given: infer Given) => infer Result
  ? // eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- a function without `this`
    (this: void, ...given: Given) => Result
  : Part;

/**
 * A copy of an object that has all its parts as its own, functions bound to it: an app or a domain may
 * be an instance of a class, and their functions are called by themselves.
 */
export function ownParts<T extends object>(value: T): OwnParts<T> {
  const parts: Record<PropertyKey, unknown> = {};
  let each: object | null = value;
  while (each !== null && each !== Object.prototype) {
    for (const key of Reflect.ownKeys(each)) {
      if (key === 'constructor' || Object.hasOwn(parts, key)) continue;
      const part: unknown = Reflect.get(value, key);
      parts[key] = typeof part === 'function' ? (part.bind(value) as unknown) : part;
    }
    each = Reflect.getPrototypeOf(each);
  }
  return parts as OwnParts<T>; // the same parts
}
