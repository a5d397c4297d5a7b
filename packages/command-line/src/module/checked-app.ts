import type { AnyDomain, AnyApp, CompanionMaker } from '@ramble/core';

import { blame, blameLater, blameNow, keepErrors } from './blame.js';
import { checkDomain, isTexts } from './check-parts.js';
import { checkedDomain } from './checked-domain.js';
import { checkedReader } from './checked-reader.js';
import { checkedScoring } from './checked-scoring.js';
import { checkedStatistics } from './checked-statistics.js';
import { loadSaved, loadWith } from './load-saved.js';
import { ownParts } from './own-parts.js';
import { partsOf } from './parts-of.js';
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
  const {
    answer,
    companion,
    huggingFace,
    measure,
    modelFree,
    readFilePair,
    readOutput,
    readParallel,
    scoring,
  } = app;
  const { statistics, streamOutput, textsOf } = app;
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
      fit: async (examples, options) => {
        const excused = new Set<unknown>();
        const fit = (): unknown => factory.fit(keepErrors(examples, excused), options);
        return checkNew('factory.fit', await blameLater(`${word}: factory.fit`, fit, excused));
      },
      ...(adapt && {
        adapt: async (files, examples, given) => {
          const excused = new Set<unknown>();
          const { domain, options } = await blameLater(
            `${word}: factory.adapt`,
            () => adapt(files, keepErrors(examples, excused), given),
            excused,
          );
          return { domain: await checkNew('factory.adapt', domain), options };
        },
      }),
      save: (domain) => factory.save(ownOf(domain)),
      load: async (files) => check('factory.load', await loadWith(word, factory, files)),
    },
    readExamples: checkedReader(`${word}: readExamples`, app.readExamples),
    ...(readParallel && {
      readParallel: pairReader(`${word}: readParallel`, readParallel),
    }),
    ...(readFilePair && {
      readFilePair: pairReader(`${word}: readFilePair`, readFilePair),
    }),
    ...(textsOf && {
      textsOf: (example) => {
        const name = `${word}: textsOf of ${showValue(example)}`;
        const texts: unknown = blameNow(name, () => textsOf(example));
        if (isTexts(texts)) return texts;
        throw new TypeError(`${name}: expected a list of texts, got ${showValue(texts)}`);
      },
    }),
    readPrompt: (content, options) =>
      blameNow(`${word}: readPrompt`, () => app.readPrompt(content, options)),
    ...(readOutput && {
      readOutput: (content, options) =>
        blameNow(`${word}: readOutput`, () => readOutput(content, options)),
    }),
    showOutput: (output, extension, prompt) => {
      const name = `${word}: showOutput of ${showValue(output)}`;
      const artifact = blame(name, () => app.showOutput(output, extension, prompt));
      checkArtifact(name, artifact);
      return artifact;
    },
    ...(companion && {
      companion: {
        settings: companion.settings,
        setting: companion.setting,
        extension: companion.extension,
        open: async (options) => {
          const maker = await companion.open(options); // its errors are about what the user gave
          return maker && checkedMaker(word, maker);
        },
      },
    }),
    ...(answer && {
      answer: (prompt) => blameNow(`${word}: answer of ${showValue(prompt)}`, () => answer(prompt)),
    }),
    ...(modelFree && {
      modelFree: {
        ...modelFree,
        write: (method, prompt, options) =>
          blameNow(`${word}: modelFree.write of ${showValue(prompt)}`, () =>
            modelFree.write(method, prompt, options),
          ),
      },
    }),
    ...(scoring && { scoring: checkedScoring(word, scoring) }),
    ...(statistics && { statistics: checkedStatistics(word, statistics) }),
    ...(measure && {
      measure: (example, domain) =>
        blameNow(`${word}: measure of ${showValue(example)}`, () =>
          measure(example, ownOf(domain)),
        ),
    }),
    ...(streamOutput && { streamOutput: (domain) => streamOutput(ownOf(domain)) }),
    ...(huggingFace && {
      huggingFace: {
        ...ownParts(huggingFace),
        write: (domain, length) => huggingFace.write(ownOf(domain), length),
      },
    }),
  };
}

type PairReader = NonNullable<AnyApp['readParallel']>;

function pairReader(name: string, read: PairReader): PairReader {
  const reader = checkedReader(name, ([source, target], options) => read(source, target, options));
  return (source, target, options) => reader([source, target], options);
}

function checkedMaker(word: string, maker: CompanionMaker<unknown>): CompanionMaker<unknown> {
  return {
    make: async (output) => {
      const name = `${word}: companion of ${showValue(output)}`;
      const artifact = await blameLater(name, () => maker.make(output));
      if (isFile(artifact)) return artifact;
      throw new TypeError(
        `${name}: expected { kind: 'file', extension, bytes }, got ${showValue(artifact)}`,
      );
    },
  };
}

function checkArtifact(name: string, value: unknown): void {
  const { kind, text } = partsOf(value);
  if ((kind === 'text' && typeof text === 'string') || isFile(value)) return;
  throw new TypeError(
    `${name}: expected { kind: 'text', text } or { kind: 'file', extension, bytes }, got ${showValue(value)}`,
  );
}

function isFile(value: unknown): boolean {
  const { kind, extension, bytes } = partsOf(value);
  return kind === 'file' && typeof extension === 'string' && bytes instanceof Uint8Array;
}
