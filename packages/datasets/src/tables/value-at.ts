/** A value in an object, by its name or, in objects inside it, its path: `translation.en`. */
export function valueAt(row: unknown, path: string): unknown {
  if (typeof row !== 'object' || row === null) return undefined;
  if (Object.hasOwn(row, path)) return (row as Readonly<Record<string, unknown>>)[path]; // it has it
  const dot = path.indexOf('.');
  return dot < 0 ? undefined : valueAt(valueAt(row, path.slice(0, dot)), path.slice(dot + 1));
}
