/** A module's export as an object of unknown parts. */
export function partsOf(value: unknown): Readonly<Record<string, unknown>> {
  return (value ?? {}) as Readonly<Record<string, unknown>>; // primitives have none of these parts
}
