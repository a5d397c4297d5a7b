import type { AnyApp, Artifact } from '@ramble/core';

import type { AnyDomain } from '../model/open-model.js';
import { checkDomain } from './check-parts.js';
import { checkedDomain } from './checked-domain.js';
import { loadSaved, loadWith } from './load-saved.js';
import { ownParts } from './own-parts.js';
import { showValue } from './show-value.js';

/**
 * An app whose functions are checked as they are called, for code that did not pass the contract test
 * here: a mistake in it ends the command with the name of the function, and of what that was given.
 *
 * @param word - What the user named its module by.
 */
export function checkedApp(word: string, given: AnyApp): AnyApp {
  const app = ownParts(given);
  const factory = ownParts(app.factory);
  const { measure, streamOutput, huggingFace } = app;
  const { adapt } = factory;
  /** The module's own domains, by the checked ones that stand for them. */
  const owns = new WeakMap<AnyDomain, AnyDomain>();
  const ownOf = (domain: AnyDomain): AnyDomain => owns.get(domain) ?? domain;
  const check = (maker: string, domain: AnyDomain, loaded?: AnyDomain): AnyDomain => {
    if (domain.name !== app.name) {
      throw new Error(
        `${word}: ${maker}: expected a domain of the app's name, ${app.name}, got ${domain.name}`,
      );
    }
    const checked = checkedDomain(word, domain, loaded);
    owns.set(checked, domain);
    return checked;
  };
  const checkNew = async (maker: string, domain: unknown): Promise<AnyDomain> => {
    checkDomain(`${word}: ${maker}`, domain);
    return check(maker, domain, await loadSaved(word, factory, domain));
  };

  return {
    ...app,
    factory: {
      ...factory,
      fit: async (examples, options) =>
        checkNew('factory.fit', await factory.fit(examples, options)),
      ...(adapt && {
        adapt: async (files, examples, given) => {
          const { domain, options } = await adapt(files, examples, given);
          return { domain: await checkNew('factory.adapt', domain), options };
        },
      }),
      save: (domain) => factory.save(ownOf(domain)),
      load: async (files) => check('factory.load', await loadWith(word, factory, files)),
    },
    readExamples: (files, options) => {
      const examples = app.readExamples(files, options);
      checkGenerator(`${word}: readExamples`, examples);
      return examples;
    },
    showOutput: (output, extension) => {
      const artifact = app.showOutput(output, extension);
      checkArtifact(`${word}: showOutput of ${showValue(output)}`, artifact);
      return artifact;
    },
    ...(measure && { measure: (example, domain) => measure(example, ownOf(domain)) }),
    ...(streamOutput && { streamOutput: (domain) => streamOutput(ownOf(domain)) }),
    ...(huggingFace && {
      huggingFace: {
        ...ownParts(huggingFace),
        write: (domain, length) => huggingFace.write(ownOf(domain), length),
      },
    }),
  };
}

function checkGenerator(name: string, value: unknown): void {
  if (typeof value === 'object' && value !== null && Symbol.asyncIterator in value) return;
  throw new TypeError(
    `${name}: expected an async generator, as \`async function*\` makes one, got ${showValue(value)}`,
  );
}

function checkArtifact(name: string, value: unknown): void {
  const { kind, text, extension, bytes } = (value ?? {}) as Partial<
    Record<keyof Artifact | 'text' | 'extension' | 'bytes', unknown>
  >; // whatever a module gives
  const isText = kind === 'text' && typeof text === 'string';
  const isFile = kind === 'file' && typeof extension === 'string' && bytes instanceof Uint8Array;
  if (isText || isFile) return;
  throw new TypeError(
    `${name}: expected { kind: 'text', text } or { kind: 'file', extension, bytes }, got ${showValue(value)}`,
  );
}
