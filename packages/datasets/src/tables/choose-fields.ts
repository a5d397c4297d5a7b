import type { DataFields } from '@ramble/core';
import { shownText } from '@ramble/core/files';

/** The columns of a table, or fields of a line of JSON, that hold the texts of an example. */
export interface ChosenFields {
  /** Names of the columns, in the order of the app's names. */
  readonly columns: readonly string[];
  /** A description of the choice, for a note to a user who did not make it. */
  readonly note?: string;
}

/**
 * Chooses columns: those that were asked for, else those of the app's own names, else those of names that
 * others use, else two that are named for languages.
 *
 * @param name - Of the file and the place in it, for the error.
 * @param columns - Names of the existing columns, nested ones by their paths.
 * @throws Error with the existing columns, when a wanted one is missing or it is not clear which
 *   are meant.
 */
export function chooseFields(
  name: string,
  columns: readonly string[],
  fields: DataFields,
  given?: readonly string[],
): ChosenFields {
  if (given) {
    const missing = given.find((column) => !columns.includes(column));
    if (missing === undefined) return { columns: given };
    throw new Error(`${name}: expected the field ${missing} of --fields, got ${listed(columns)}`);
  }
  const { names } = fields;
  if (names.every((column) => columns.includes(column))) return { columns: names };
  const choice = knownFields(columns, fields) ?? languageFields(columns, fields);
  if (choice) return choice;
  const got = `${name}: expected ${names.join(' and ')}, got ${listed(columns)}`;
  if (columns.length < names.length) throw new Error(got); // no names would help
  throw new Error(`${got}; name them with --fields ${columns.slice(0, names.length).join(',')}`);
}

/** The known names of other programs that the columns have, if exactly one set of names matches. */
export function knownFields(
  columns: readonly string[],
  { names, known = [] }: DataFields,
): ChosenFields | undefined {
  const found = known.filter((each) => each.every((column) => columns.includes(column)));
  return found.length === 1 ? { columns: found[0], note: described(found[0], names) } : undefined;
}

/** Two columns or fields of one that are named for languages: `translation.de` and `translation.en`. */
function languageFields(
  columns: readonly string[],
  { names, optional = [], areLanguages = false }: DataFields,
): ChosenFields | undefined {
  if (!areLanguages || names.length !== 2) return undefined;
  const isLanguage = (column: string): boolean =>
    /^(?:translation\.)?[a-z]{2,3}(?:[-_]\w+)?$/.test(column) && !optional.includes(column);
  const all = columns.filter(isLanguage);
  const found = all.length > 2 ? all.filter((column) => column !== 'id') : all; // Indonesian, or a number
  const [first, second] = found;
  const isPair =
    found.length === 2 && first !== 'id' && first.includes('.') === second.includes('.');
  if (!isPair) return undefined;
  const note = `${described(found, names)}; --fields ${second},${first} turns it round`;
  return { columns: found, note };
}

function described(columns: readonly string[], names: readonly string[]): string {
  return `reads ${columns.map((column, i) => `${column} as ${names[i]}`).join(' and ')}`;
}

/** `id, text, label`, not too many of them. */
function listed(columns: readonly string[]): string {
  if (columns.length === 0) return 'nothing';
  const shown = columns.slice(0, 12).map((column) => shownText(column, 30));
  return shown.join(', ') + (columns.length > shown.length ? ', …' : '');
}
