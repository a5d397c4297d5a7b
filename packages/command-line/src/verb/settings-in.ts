type Values = Readonly<Record<string, unknown>>;

/** The given settings that are in a table. */
export function settingsIn(table: object, given: Values): Values {
  return Object.fromEntries(Object.entries(given).filter(([name]) => Object.hasOwn(table, name)));
}
