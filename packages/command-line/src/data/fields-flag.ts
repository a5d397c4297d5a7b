import type { AnyApp } from '@ramble/core';
import type { DataFields } from '@ramble/core/app';

import { UsageError } from '../verb/exit-errors.js';
import type { FlagTable } from '../verb/flag.js';

/**
 * The flag that names the columns or fields of data that hold the texts, for apps that read tables.
 */
export interface FieldsFlag {
  readonly fields?: string;
}

export const FIELDS_FLAG: FlagTable<FieldsFlag> = {
  fields: {
    kind: 'string',
    placeholder: 'names',
    derived: "the domain's own names, or well-known ones",
    description:
      'Fields of .jsonl or columns of .csv, .tsv or .parquet that hold the texts, in order: article,highlights; languages of .tmx: de,en; or numbers of columns: 1,2.',
  },
};

/** The flag `--fields`, if an app does not support it. */
export function refusedFields({ data }: Pick<AnyApp, 'data'>): (keyof FieldsFlag)[] {
  return data.fields ? [] : ['fields'];
}

/**
 * The names that were given, one for each text.
 *
 * @throws UsageError for more or fewer.
 */
export function parseFields(
  { names }: DataFields,
  given: string | undefined,
): readonly string[] | undefined {
  if (given === undefined) return undefined;
  const columns = given.split(',').map((column) => column.trim());
  if (columns.length === names.length && !columns.includes('')) return columns;
  const count = names.length === 1 ? 'one name' : `${names.length} names separated by commas`;
  throw new UsageError(`--fields: expected ${count}, for ${names.join(' and ')}, got ${given}`);
}
