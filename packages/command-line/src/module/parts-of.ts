/** Whatever a module gives, as something that may have parts. */
export function partsOf(value: unknown): Readonly<Record<string, unknown>> {
  return (value ?? {}) as Readonly<Record<string, unknown>>; // primitives have none of these parts
}
