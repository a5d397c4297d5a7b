import { type DomainFactory, type Files, fingerprint, type Fitted } from '@ramble/core';
import { messageOf, shownText } from '@ramble/core/files';

import type { Run } from './open-run.js';
import { readText } from '../storage/run-storage.js';

/** Maximum size of one of a domain's files in bytes: larger than any tokenizer. */
const MAX_FILE_BYTES = 2 ** 28;

/**
 * Thrown if a run's domain cannot be loaded, for example because the run was trained with another domain than the
 * caller's `DomainFactory` makes.
 */
export class RunDomainError extends Error {
  override readonly name = 'RunDomainError';

  /**
   * Creates the error. `message` is the full sentence.
   *
   * @param domain - Name of the run's domain.
   * @param unread - Name of the run, if its domain files are as they were saved, but the factory cannot read them.
   */
  constructor(
    message: string,
    readonly domain: string,
    readonly unread?: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/**
 * Loads a run's domain with the caller's factory, because a run contains no code.
 *
 * @throws RunDomainError if the factory cannot read the run's files or belongs to another domain, or if the
 *   files were changed.
 */
export async function loadDomain<D extends { readonly name: string }>(
  run: Run,
  factory: Pick<DomainFactory<D, never, never>, 'load'>,
): Promise<D> {
  const load = (files: Files): Promise<D> => factory.load(files);
  const domain = await makeFrom(run, load, load);
  const { name } = run.description.domain;
  if (domain.name !== name) {
    throw new RunDomainError(
      `${run.storage.name}: expected a run of the domain ${domain.name}, got ${shownText(name)}`,
      name,
    );
  }
  return domain;
}

/**
 * Makes a domain whose vocabulary extends the vocabulary of a run of another domain, so that training can start from
 * the run's model.
 *
 * @throws RunDomainError with the reason of the factory's `adapt`, or if the run's files were changed.
 */
export function adaptDomain<D, Example, Options>(
  run: Run,
  adapt: NonNullable<DomainFactory<D, Example, Options>['adapt']>,
  examples: AsyncIterable<Example>,
  given: Partial<Options>,
): Promise<Fitted<D, Options>> {
  return makeFrom(run, (files) => adapt(files, examples, given));
}

/**
 * Calls `make` with a run's domain files, after comparing them with the run's fingerprint. Errors name the folder.
 *
 * @param load - Called with files that differ from the fingerprint. Its error is quoted in the message.
 */
async function makeFrom<T>(
  { storage, description }: Run,
  make: (files: Files) => Promise<T>,
  load?: (files: Files) => Promise<unknown>,
): Promise<T> {
  const files = await readFiles(storage);
  const { name, fingerprint: expected } = description.domain;
  if (fingerprint(files) !== expected) {
    const got = await describeOthers(files, load);
    throw new RunDomainError(
      `${storage.name}/domain: expected the files that the run was trained with, got ${got}; put them back from a copy of the run`,
      name,
    );
  }
  try {
    return await make(files);
  } catch (error) {
    throw new RunDomainError(
      `${storage.name}/domain: ${messageOf(error)} (its domain is ${shownText(name)})`,
      name,
      load && storage.name,
      { cause: error },
    );
  }
}

/** Describes files that differ from the fingerprint, with the error of `load`, if it fails. */
async function describeOthers(
  files: Files,
  load?: (files: Files) => Promise<unknown>,
): Promise<string> {
  if (Object.keys(files).length === 0) return 'none';
  try {
    await load?.(files);
    return 'others';
  } catch (error) {
    return `others (${messageOf(error)})`;
  }
}

async function readFiles(storage: Run['storage']): Promise<Files> {
  const files: [name: string, text: string][] = [];
  for (const name of await storage.list('domain')) {
    files.push([name, await readText(storage, `domain/${name}`, MAX_FILE_BYTES)]);
  }
  return Object.fromEntries(files);
}
