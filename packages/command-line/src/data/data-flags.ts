import type { AnyApp } from '@ramble/core';
import type { DataFields } from '@ramble/core/app';

import { conversationsFeature } from '../verb/app-features.js';
import { UsageError } from '../verb/exit-errors.js';
import { flagName, type Flags, type FlagValues, OPTIONAL_FILE, type Values } from '../verb/flag.js';

export const PARALLEL_FLAGS = {
  source: {
    ...OPTIONAL_FILE,
    basic: true,
    description:
      'A file with a source on each line, or a folder; with --target, in place of --data.',
  },
  target: {
    ...OPTIONAL_FILE,
    basic: true,
    description: 'The targets of --source, line by line or file by file.',
  },
} as const satisfies Flags;

/** Flags of two files whose lines belong together, for apps that read parallel files. */
export type ParallelFlags = FlagValues<typeof PARALLEL_FLAGS>;

/** The flags of parallel files, if an app does not support them. */
export function refusedParallel({ data }: Pick<AnyApp, 'data'>): (keyof ParallelFlags)[] {
  return data.readParallel ? [] : ['source', 'target'];
}

/**
 * Checks that both parallel files are given or neither, that no other data is given with them, and that the app can
 * read them.
 *
 * @param names - Names of the flags in camelCase: for the sources, the targets and other data.
 * @throws UsageError that names the flag.
 */
export function checkParallel(
  app: Pick<AnyApp, 'name' | 'data'>,
  flags: object,
  [source, target, other]: readonly [string, string, string],
): void {
  const values = flags as Values; // a record of flags
  const given = [source, target].filter((name) => values[name] !== undefined);
  if (given.length === 0) return;
  const [first] = given;
  if (!app.data.readParallel) {
    throw new UsageError(
      `${flagName(first)}: expected --data instead, which ${app.name} trains on, got two files`,
    );
  }
  if (given.length === 1) {
    const missing = first === source ? target : source;
    throw new UsageError(
      `${flagName(missing)}: expected a file to go with ${flagName(first)}, got nothing`,
    );
  }
  if (values[other] !== undefined) {
    throw new UsageError(
      `${flagName(other)}: expected no value with ${flagName(source)}, got both`,
    );
  }
}

export const FIELDS_FLAG = {
  fields: {
    kind: 'string',
    placeholder: 'names',
    derived: "the domain's own names, or well-known ones",
    description:
      'Fields of .jsonl or columns of .csv, .tsv or .parquet with the texts, in order: article,highlights; languages of .tmx: de,en; or numbers of columns: 1,2.',
  },
} as const satisfies Flags;

/** Flag that names the columns or fields with the texts, for apps that read tables. */
export type FieldsFlag = FlagValues<typeof FIELDS_FLAG>;

/** Flag of the tokens of conversations that the loss counts, for apps that train on conversations. */
export const LOSS_ON_FLAG = {
  lossOn: {
    kind: 'choice',
    choices: ['answers', 'all'],
    derived: "answers; with --resume the run's own",
    description: 'Tokens of conversations that the loss counts: the answers, or all.',
  },
} as const satisfies Flags;

/** The flag `--loss-on`, if an app does not support it. */
export function refusedLossOn(app: AnyApp): (keyof typeof LOSS_ON_FLAG)[] {
  return conversationsFeature.of(app) ? [] : ['lossOn'];
}

/** The flag `--fields`, if an app does not support it. */
export function refusedFields({ data }: Pick<AnyApp, 'data'>): (keyof FieldsFlag)[] {
  return data.fields ? [] : ['fields'];
}

/**
 * Parses `--fields`: names of columns, one for each text of an example.
 *
 * @throws UsageError for more or fewer names.
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
