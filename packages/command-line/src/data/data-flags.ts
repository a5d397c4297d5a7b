import type { AnyApp } from '@ramble/core';

import { conversationsFeature } from '../verb/app-features.js';
import { UsageError } from '../verb/exit-errors.js';
import { flagName, type Flags, type FlagValues, OPTIONAL_FILE, type Values } from '../verb/flag.js';
import type { DomainCall } from '../verb/verb.js';
import type { FoundData } from './find-data.js';

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

/** Returns the names of the flags for parallel files if an app cannot read such files; else an empty list. */
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

/** Flag that selects the tokens of conversations that the loss counts, for apps that train on conversations. */
export const LOSS_ON_FLAG = {
  lossOn: {
    kind: 'choice',
    choices: ['answers', 'all'],
    derived: "answers; with --resume the run's own",
    description: 'Tokens of conversations that the loss counts: the answers, or all.',
  },
} as const satisfies Flags;

/** Returns the name of the flag `--loss-on` if an app does not support it; else an empty list. */
export function refusedLossOn(app: AnyApp): (keyof typeof LOSS_ON_FLAG)[] {
  return conversationsFeature.of(app) ? [] : ['lossOn'];
}

/** Returns the name of the flag `--fields` if an app does not support it; else an empty list. */
export function refusedFields({ data }: Pick<AnyApp, 'data'>): (keyof FieldsFlag)[] {
  return data.fields ? [] : ['fields'];
}

/** The flags that name examples. */
export interface GivenDataFlags extends ParallelFlags, FieldsFlag {
  readonly data?: readonly string[];
  /** Number of examples to read, from the beginning. */
  readonly maxExamples?: number;
}

/**
 * Finds the data that `--data` names, or `--source` and `--target`.
 *
 * @throws UsageError for neither or both; Error that names data that cannot be found or read.
 */
export async function findGivenData(
  call: Pick<DomainCall<GivenDataFlags>, 'app' | 'flags' | 'io' | 'output'>,
): Promise<FoundData> {
  const found = await findAll(call);
  const { maxExamples } = call.flags;
  if (maxExamples === undefined) return found;
  return {
    ...found,
    maxExamples,
    sha256: `${found.sha256}, the first ${maxExamples} examples`,
  };
}

async function findAll({
  app,
  flags,
  io,
  output,
}: Pick<DomainCall<GivenDataFlags>, 'app' | 'flags' | 'io' | 'output'>): Promise<FoundData> {
  const { findData, findOptions, findParallel } = await import('./find-data.js'); // the help reads no data
  const options = { ...findOptions({ app, io, output }), fieldNames: flags.fields };
  checkParallel(app, flags, ['source', 'target', 'data']);
  const { data, source, target } = flags;
  if (source !== undefined && target !== undefined) return findParallel(source, target, options);
  if (data === undefined) throw missingData();
  return findData(data, options);
}

/** Returns the error of a command without data. */
export function missingData(): UsageError {
  return new UsageError(
    '--data: expected a file, a folder or the name of a corpus, got nothing. See ramble data list',
  );
}
