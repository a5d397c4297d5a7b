import { extname } from 'node:path';
import { pathToFileURL } from 'node:url';

import {
  type AnyApp,
  type AnyDomain,
  fingerprint,
  followGrammar,
  type TokenExample,
} from '@ramble/core';
import { shape } from '@ramble/core/app';
import { allowedIds, checkTokenIds, type GrammarDomain } from '@ramble/core/domain';

import { promptOf } from '../data/encoded-examples.js';
import { UsageError } from '../verb/exit-errors.js';
import type { Io } from '../verb/io.js';
import { blame, checked, checkShape, ownParts, showValue } from './checked.js';
import { APP, DATA, DOMAIN, FEATURES, GRAMMAR } from './shapes.js';

/**
 * Imports the app that a module exports, and checks it while it is used.
 *
 * @param word - The module's path, as the user typed it.
 * @throws UsageError for a file type that this Node cannot import, or a default export that is no app; Error that
 *   gives the line where a module failed.
 */
export async function importApp(
  word: string,
  path: string,
  importModule: Io['importModule'],
): Promise<AnyApp> {
  const module = await importModule(path).catch((error: unknown) => {
    if (isUnreadTypescript(error, path)) {
      throw new UsageError(
        `${word}: expected JavaScript, or a Node that reads TypeScript (22.18 or newer), got Node ${process.versions.node}`,
        { cause: error },
      );
    }
    throw new Error(
      `${word}: expected a module that loads, got ${String(error)}${placeOf(error, path)}`,
      { cause: error },
    );
  });
  const { default: app } = module as { default?: unknown }; // a namespace object
  return checkedApp(word, app);
}

function isUnreadTypescript(error: unknown, path: string): boolean {
  return (
    /^\.[cm]?ts$/.test(extname(path)) &&
    (error as NodeJS.ErrnoException).code === 'ERR_UNKNOWN_FILE_EXTENSION' // any thrown value
  );
}

/**
 * Returns the line of the module where an error was thrown, or a command that finds it, in parentheses; an empty
 * string if neither is known.
 */
function placeOf(error: unknown, path: string): string {
  if (error instanceof SyntaxError) return ` (node ${path} shows where)`; // Node reports no line for it
  const places = [pathToFileURL(path).href, path];
  const lines = error instanceof Error ? (error.stack?.split('\n') ?? []) : [];
  for (const line of lines) {
    const place = places.find((each) => line.includes(`${each}:`));
    const number = place && /^\d+/.exec(line.split(`${place}:`)[1])?.[0];
    if (number) return ` (line ${number})`;
  }
  return '';
}

const { object, optional, partsOf } = shape;

/**
 * Maximum number of examples to compare with the grammar and the reloaded domain: mistakes show in the first examples.
 */
const CHECKED_EXAMPLES = 20;
/** Maximum number of tokens to check in each of the checked examples, because the checks may be slow. */
const CHECKED_TOKENS = 1000;

/**
 * Wraps an app, so that calls of its functions are checked: its code may not have passed the contract test. A
 * mistake ends the command with the name of the function and its argument.
 *
 * @param word - The module, as the user named it.
 * @param given - The default export of the module.
 * @throws UsageError that names the first part of the app that is missing or of another kind.
 */
export function checkedApp(word: string, given: unknown): AnyApp {
  const app = presentForm(word, given);
  checkShape(word, APP, app);
  const own = checked(word, APP, app as AnyApp); // as was checked
  return { ...own, factory: checkedFactory(word, own) };
}

/**
 * Converts an app of an older module to the current form. Older apps have features and members of `data` as their own
 * members.
 */
function presentForm(word: string, given: unknown): unknown {
  if (typeof given !== 'object' || given === null) return given;
  const { defaults, ...app } = ownParts(given as Readonly<Record<string, unknown>>);
  checkShape(word, optional(object()), defaults, 'defaults');
  const { data, features, presets } = app;
  const featureNames = FEATURES.map(({ name }) => name);
  return {
    ...app,
    data: withParts(data, app, Object.keys(partsOf(DATA.parts))),
    features: withParts(features, app, featureNames),
    ...(defaults !== undefined && { presets: { ...partsOf(presets), defaults } }),
  };
}

/**
 * Returns a copy of `own`, to which the members of the app that are listed in `names` are added. Members that `own`
 * already has are kept.
 */
function withParts(
  own: unknown = {},
  app: Readonly<Record<string, unknown>>,
  names: readonly string[],
): unknown {
  if (!object().fits(own)) return own;
  const given = names.filter((name) => name in app).map((name) => [name, app[name]]);
  return { ...Object.fromEntries(given), ...ownParts(partsOf(own)) };
}

/** Wraps a factory: its domains are checked, and must load from their saved files. */
function checkedFactory(word: string, { name, factory }: AnyApp): AnyApp['factory'] {
  const [adapt, extend] = [factory.adapt?.bind(factory), factory.extend?.bind(factory)];
  const check = (maker: string, domain: AnyDomain, loaded?: AnyDomain): AnyDomain => {
    if (domain.name === name) return checkedDomain(word, domain, loaded);
    throw new Error(
      `${word}: ${maker}: expected a domain of the app's name, ${name}, got ${domain.name}`,
    );
  };
  const checkNew = async (maker: string, domain: AnyDomain): Promise<AnyDomain> => {
    const loaded = await factory.load(factory.save(domain));
    checkSame(word, factory, [domain, loaded]);
    return check(maker, domain, loaded);
  };
  return {
    ...factory,
    fit: async (examples, options) => checkNew('factory.fit', await factory.fit(examples, options)),
    load: async (files) => check('factory.load', await factory.load(files)),
    ...(adapt && {
      adapt: async (files, examples, given) => {
        const { domain, options } = await adapt(files, examples, given);
        return { domain: await checkNew('factory.adapt', domain), options };
      },
    }),
    ...(extend && {
      extend: async (domain, given) => {
        const extended = await extend(domain, given);
        return extended && checkNew('factory.extend', extended);
      },
    }),
  };
}

/** Checks that a factory loads a domain that equals the saved one; otherwise a run could not be read again. */
function checkSame(
  word: string,
  factory: AnyApp['factory'],
  [saved, loaded]: readonly [AnyDomain, AnyDomain],
): void {
  const expectSame = (what: string, ofDomain: (each: AnyDomain) => unknown): void => {
    const [expected, got] = [saved, loaded].map((each) => JSON.stringify(ofDomain(each)));
    if (got === expected) return;
    throw new Error(
      `${word}: factory.load: expected ${what} ${expected}, the value before it was saved, got ${got}`,
    );
  };
  expectSame('the name', ({ name }) => name);
  expectSame('a vocabulary of', ({ vocabulary }) => vocabulary.size);
  expectSame('stopTokens', ({ stopTokens }) => stopTokens);
  expectSame('a domain that is saved with fingerprint', (each) => fingerprint(factory.save(each)));
}

/**
 * Wraps a domain, so that every result is checked. A wrong result is reported with its function and argument, and no
 * model learns from it.
 *
 * @param loaded - The domain that was loaded from this one's files; it must encode the same.
 * @throws RangeError if its stop tokens are no ids.
 */
function checkedDomain(word: string, own: AnyDomain, loaded?: AnyDomain): AnyDomain {
  const domain = checked(word, DOMAIN, own);
  const { vocabulary, stopTokens, encodeExample, allowSpecialTokens } = domain;
  checkTokenIds(`${word}: stopTokens`, stopTokens, vocabulary.size);
  // The module's name is left out, because errors put it before the example or the function.
  const grammar = own.grammar && checked('', GRAMMAR, own.grammar, 'grammar');
  const grammarDomain = grammar && { grammar, vocabulary, stopTokens };
  let encoded = 0;
  return Object.assign(domain, {
    encodeExample: (example) => {
      const sequence = encodeExample(example);
      if (encoded++ >= CHECKED_EXAMPLES) return sequence;
      if (grammarDomain)
        checkAllowed(`${word}: grammar of ${showValue(example)}`, grammarDomain, sequence);
      if (loaded) checkEncoded(word, example, sequence, loaded);
      const first = Array.from(sequence.tokens).slice(0, CHECKED_TOKENS);
      for (const id of first) vocabulary.describe(id);
      return sequence;
    },
    ...(allowSpecialTokens && {
      allowSpecialTokens: () => checkedDomain(word, allowSpecialTokens()),
    }),
    ...(grammarDomain && {
      grammar: {
        ...domain.grammar,
        allowed: (state: unknown) => blame(word, () => allowedIds(grammarDomain, state)),
      },
    }),
  } satisfies Partial<Omit<AnyDomain, 'grammar'>> & { grammar?: object });
}

/** Checks that a grammar allows the outputs of examples. */
function checkAllowed(name: string, grammarDomain: GrammarDomain, example: TokenExample): void {
  const ids = Array.from(example.tokens);
  const { outputStart = promptOf(example).tokens.length, prefixLength } = example;
  const prompt = { tokens: ids.slice(0, outputStart), prefixLength, outputStart };
  const output = ids.slice(outputStart, outputStart + CHECKED_TOKENS);
  const { forbidden } = blame(name, () => followGrammar(grammarDomain, prompt, output));
  if (forbidden === undefined) return;
  const id = output[forbidden];
  throw new RangeError(
    `${name}: expected every token of the example allowed, got ${id} ` +
      `(${grammarDomain.vocabulary.describe(id)}) forbidden as token ${forbidden + 1} of its output`,
  );
}

/** Checks that a loaded domain encodes examples like the saved domain. */
function checkEncoded(
  word: string,
  example: unknown,
  { tokens }: TokenExample,
  loaded: AnyDomain,
): void {
  const name = `${word}: factory.load: encodeExample of ${showValue(example)}`;
  const again = blame(name, () => loaded.encodeExample(example));
  const [expected, got] = [tokens, again.tokens].map((ids) => Array.from(ids).join());
  if (got === expected) return;
  throw new Error(
    `${name}: expected [${expected}], the value before it was saved, got [${got}]; save all that load needs`,
  );
}
