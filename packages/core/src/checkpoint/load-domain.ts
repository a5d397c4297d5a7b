import type { DomainFactory, Files } from '../domain/domain.js';
import { fingerprint } from '../domain/fingerprint.js';
import type { Run } from './open-run.js';
import { readText } from './stored-text.js';

/** More than any tokenizer takes. */
const MAX_FILE_BYTES = 2 ** 28;

/**
 * A run's domain, made by the caller's own code from the run's data: a run holds no code.
 *
 * @throws Error when the run is of another domain or its files are not those it was made with.
 */
export async function loadDomain<D extends { readonly name: string }>(
  run: Run,
  factory: Pick<DomainFactory<D, never, never>, 'load'>,
): Promise<D> {
  const { storage, description } = run;
  const files = await readFiles(run);
  const expected = description.domain.fingerprint;
  const got = fingerprint(files);
  if (got !== expected) {
    throw new Error(`${storage.name}/domain: expected fingerprint ${expected}, got ${got}`);
  }
  const domain = await factory.load(files).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(
      `${storage.name}/domain: ${reason} (it is of the domain ${description.domain.name})`,
      { cause: error },
    );
  });
  if (domain.name !== description.domain.name) {
    throw new Error(
      `${storage.name}: expected a run of the domain ${domain.name}, got ${description.domain.name}`,
    );
  }
  return domain;
}

async function readFiles({ storage }: Run): Promise<Files> {
  const files: [name: string, text: string][] = [];
  for (const name of await storage.list('domain')) {
    files.push([name, await readText(storage, `domain/${name}`, MAX_FILE_BYTES)]);
  }
  return Object.fromEntries(files);
}
