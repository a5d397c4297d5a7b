import type { AnyApp, Domain, DomainFactory, Setting } from '@ramble/core';

import { UsageError } from '../verb/exit-errors.js';
import { showValue } from './show-value.js';

/** What a part of an object must be, and how that is found out. */
interface Part {
  readonly what: string;
  readonly fits: (value: unknown) => boolean;
}

const FUNCTION = part('a function', (value) => typeof value === 'function');
const MAYBE_FUNCTION = part('a function or none', (value) =>
  ['function', 'undefined'].includes(typeof value),
);
const TEXT = part('a non-empty string', (value) => typeof value === 'string' && value !== '');
const MAYBE_TEXT = part(
  'a non-empty string or nothing',
  (value) => value === undefined || TEXT.fits(value),
);
const OBJECT = part('an object', (value) => typeof value === 'object' && value !== null);
const MAYBE_OBJECT = part(
  'an object or none',
  (value) => value === undefined || OBJECT.fits(value),
);

const NAMES = part("a list of names, ['text']", isTexts);

const FACTORY = {
  fit: FUNCTION,
  save: FUNCTION,
  load: FUNCTION,
  adapt: MAYBE_FUNCTION,
} satisfies Parts<DomainFactory<never, never, never>>;

const APP = {
  name: TEXT,
  description: TEXT,
  helpExamples: MAYBE_OBJECT,
  factory: OBJECT,
  options: OBJECT,
  packing: part("'examples', 'stream' or 'pieces'", (value) =>
    ['examples', 'stream', 'pieces'].includes(String(value)),
  ),
  extensions: part("a list of endings, ['.txt']", isTexts),
  fields: MAYBE_OBJECT,
  readExamples: FUNCTION,
  readParallel: MAYBE_FUNCTION,
  readFilePair: MAYBE_FUNCTION,
  textsOf: MAYBE_FUNCTION,
  readPrompt: FUNCTION,
  readOutput: MAYBE_FUNCTION,
  showOutput: FUNCTION,
  oneLine: part('true, false or none', (value) => ['undefined', 'boolean'].includes(typeof value)),
  outputExtensions: part(
    "a list of endings or none, ['.txt']",
    (value) => value === undefined || isTexts(value),
  ),
  prompting: MAYBE_OBJECT,
  answer: MAYBE_FUNCTION,
  modelFree: MAYBE_OBJECT,
  sampling: MAYBE_OBJECT,
  outputRules: MAYBE_OBJECT,
  companion: MAYBE_OBJECT,
  scoring: MAYBE_OBJECT,
  zeroShot: MAYBE_OBJECT,
  pretraining: MAYBE_OBJECT,
  statistics: MAYBE_FUNCTION,
  drawAttention: MAYBE_FUNCTION,
  streamOutput: MAYBE_FUNCTION,
  measure: MAYBE_FUNCTION,
  splitLastWord: MAYBE_FUNCTION,
  firstCharacters: MAYBE_FUNCTION,
  huggingFace: MAYBE_OBJECT,
  defaults: MAYBE_OBJECT,
  presets: MAYBE_OBJECT,
} satisfies Parts<AnyApp>;

const VOCABULARY = {
  size: part('an integer of at least 1', (value) => Number.isInteger(value) && Number(value) >= 1),
  describe: FUNCTION,
} satisfies Parts<Domain<never, never, never>['vocabulary']>;

const GRAMMAR = {
  start: FUNCTION,
  advance: FUNCTION,
  allowed: FUNCTION,
  mustEnd: FUNCTION,
  prior: MAYBE_FUNCTION,
  instead: MAYBE_FUNCTION,
  restate: MAYBE_FUNCTION,
} satisfies Parts<NonNullable<Domain<never, never, never>['grammar']>>;

const DOMAIN = {
  name: TEXT,
  vocabulary: OBJECT,
  stopTokens: part('a list of ids', Array.isArray),
  encodeExample: FUNCTION,
  encodePrompt: FUNCTION,
  decodeOutput: FUNCTION,
  encodeOutput: MAYBE_FUNCTION,
  allowSpecialTokens: MAYBE_FUNCTION,
  augment: MAYBE_FUNCTION,
  segments: MAYBE_FUNCTION,
  crop: MAYBE_FUNCTION,
  cutPrompt: MAYBE_FUNCTION,
  cutRule: MAYBE_TEXT,
  grammar: MAYBE_OBJECT,
  chatTemplate: MAYBE_OBJECT,
} satisfies Parts<Domain<never, never, never>>;

const KINDS = ['integer', 'number', 'choice', 'boolean', 'string'];

const SETTING = {
  kind: part(`one of ${KINDS.join(', ')}`, (value) => KINDS.includes(String(value))),
  description: TEXT,
} satisfies Partial<Parts<Setting>>;

type Parts<T> = Readonly<Record<keyof T, Part>>;

/**
 * Whether a module's default export has the parts of an app.
 *
 * @param word - What the user named the module by.
 * @throws UsageError that names the first part that is missing or another kind of thing.
 */
export function checkApp(word: string, value: unknown): asserts value is AnyApp {
  if (!OBJECT.fits(value)) {
    throw new UsageError(
      `${word}: expected a module whose default export is an App of @ramble/core, got ${showValue(value)}`,
    );
  }
  checkParts(`${word}: `, value, APP);
  checkParts(`${word}: factory.`, (value as AnyApp).factory, FACTORY); // it has one, as was checked
  const { fields, options, presets, scoring } = value as AnyApp; // as above
  if (fields) checkParts(`${word}: fields.`, fields, { names: NAMES });
  for (const [name, setting] of Object.entries(options)) {
    checkParts(`${word}: options.`, options, { [name]: OBJECT });
    checkParts(`${word}: options.${name}.`, setting, SETTING);
  }
  for (const name of Object.keys(presets ?? {})) {
    checkParts(`${word}: presets.`, presets, { [name]: OBJECT });
  }
  if (scoring) {
    const parts = { promptOf: FUNCTION, score: FUNCTION, baselines: MAYBE_FUNCTION };
    checkParts(`${word}: scoring.`, scoring, parts);
  }
}

/**
 * Whether what a factory made has the parts of a domain.
 *
 * @param maker - What made it, for the message: `./dna.js: factory.fit`.
 * @throws UsageError that names the first part that is missing or another kind of thing.
 */
export function checkDomain(
  maker: string,
  value: unknown,
): asserts value is Domain<unknown, unknown, unknown> {
  if (!OBJECT.fits(value)) {
    throw new UsageError(`${maker}: expected a domain, got ${showValue(value)}`);
  }
  checkParts(`${maker}: `, value, DOMAIN);
  const { vocabulary, grammar } = value as Domain<unknown, unknown, unknown>; // as was checked
  checkParts(`${maker}: vocabulary.`, vocabulary, VOCABULARY);
  if (grammar) checkParts(`${maker}: grammar.`, grammar, GRAMMAR);
}

function checkParts(prefix: string, value: unknown, parts: Readonly<Record<string, Part>>): void {
  for (const [name, { what, fits }] of Object.entries(parts)) {
    const got = (value as Readonly<Record<string, unknown>>)[name]; // an object, as was checked
    if (fits(got)) continue;
    throw new UsageError(`${prefix}${name}: expected ${what}, got ${showValue(got)}`);
  }
}

function part(what: string, fits: Part['fits']): Part {
  return { what, fits };
}

/** Whether it is a list of texts. */
export function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}
