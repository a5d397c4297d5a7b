import { type DomainFactory, type Files, fingerprint, type Fitted } from '@ramble/core';
import { shownText } from '@ramble/core/files';

import type { Run } from './open-run.js';
import { readText } from '../storage/stored-text.js';

/** More than any tokenizer takes. */
const MAX_FILE_BYTES = 2 ** 28;

/**
 * The error when a run's domain could not be made, perhaps because it belongs to another factory.
 */
export class RunDomainError extends Error {
  override readonly name = 'RunDomainError';

  /**
   * Creates the error of a run whose domain could not be made.
   *
   * @param domain - The name of the domain that the run is of.
   */
  constructor(
    message: string,
    readonly domain: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/**
 * Loads a run's domain with the caller's factory; a run holds no code.
 *
 * @throws RunDomainError when the factory cannot read the run's files, or is of another domain; Error
 *   when they are not those that the run was made with.
 */
export async function loadDomain<D extends { readonly name: string }>(
  run: Run,
  factory: Pick<DomainFactory<D, never, never>, 'load'>,
): Promise<D> {
  const domain = await makeFrom(run, (files) => factory.load(files));
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
 * Makes a domain from the tokens of another domain's run.
 *
 * @throws Error as `adapt` of the factory, or when the run's files are not those it was made with.
 */
export function adaptDomain<D, Example, Options>(
  run: Run,
  adapt: NonNullable<DomainFactory<D, Example, Options>['adapt']>,
  examples: AsyncIterable<Example>,
  given: Partial<Options>,
): Promise<Fitted<D, Options>> {
  return makeFrom(run, (files) => adapt(files, examples, given));
}

/** What is made from a run's files; what goes wrong is told with their place. */
async function makeFrom<T>(
  { storage, description }: Run,
  make: (files: Files) => Promise<T>,
): Promise<T> {
  const files = await readFiles(storage);
  const { name, fingerprint: expected } = description.domain;
  const got = fingerprint(files);
  if (got !== expected) {
    throw new Error(
      `${storage.name}/domain: expected fingerprint ${shownText(expected)}, got ${got}`,
    );
  }
  try {
    return await make(files);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new RunDomainError(
      `${storage.name}/domain: ${reason} (its domain is ${shownText(name)})`,
      name,
      { cause: error },
    );
  }
}

async function readFiles(storage: Run['storage']): Promise<Files> {
  const files: [name: string, text: string][] = [];
  for (const name of await storage.list('domain')) {
    files.push([name, await readText(storage, `domain/${name}`, MAX_FILE_BYTES)]);
  }
  return Object.fromEntries(files);
}
