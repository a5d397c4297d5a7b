import { type AnyDomain, type AnyApp, checkFileName, fingerprint } from '@ramble/core';

import { blame, blameLater } from './blame.js';
import { checkDomain } from './check-parts.js';
import { showValue } from './show-value.js';

/**
 * The domain that a factory makes of what it saved of another: the same, or a run could not be read
 * again.
 *
 * @param word - What the user named the module by.
 * @throws Error that says in what it is another.
 */
export async function loadSaved(
  word: string,
  factory: AnyApp['factory'],
  domain: AnyDomain,
): Promise<AnyDomain> {
  const files = blame(`${word}: factory.save`, () => factory.save(domain));
  checkFiles(`${word}: factory.save`, files);
  const loaded = await loadWith(word, factory, files);
  const expectSame = (what: string, ofDomain: (each: AnyDomain) => unknown): void => {
    const [expected, got] = [domain, loaded].map((each) => JSON.stringify(ofDomain(each)));
    if (got === expected) return;
    throw new Error(
      `${word}: factory.load: expected ${what} ${expected}, the value before it was saved, got ${got}`,
    );
  };
  expectSame('the name', ({ name }) => name);
  expectSame('a vocabulary of', ({ vocabulary }) => vocabulary.size);
  expectSame('stopTokens', ({ stopTokens }) => stopTokens);
  expectSame('a domain that is saved with fingerprint', (each) => fingerprint(factory.save(each)));
  return loaded;
}

/** A domain of saved files, with all that a domain has. */
export async function loadWith(
  word: string,
  { load }: Pick<AnyApp['factory'], 'load'>,
  files: Parameters<typeof load>[0],
): Promise<AnyDomain> {
  const domain: unknown = await blameLater(`${word}: factory.load`, () => load(files));
  checkDomain(`${word}: factory.load`, domain);
  return domain;
}

function checkFiles(name: string, files: unknown): void {
  const isFiles =
    typeof files === 'object' &&
    files !== null &&
    !(files instanceof Promise) &&
    Object.values(files).every((text) => typeof text === 'string');
  if (!isFiles) {
    throw new TypeError(`${name}: expected texts by file name, got ${showValue(files)}`);
  }
  blame(name, () => Object.keys(files).forEach(checkFileName));
}
