import { UsageError } from '../verb/exit-errors.js';
import type { DomainCall } from '../verb/verb.js';
import { findData, findOptions, findParallel, type FoundData } from './find-data.js';
import { checkParallel, type FieldsFlag, type ParallelFlags } from './data-flags.js';

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
