import type { AnyApp, AnyDomain, TokenExample } from '@ramble/core';
import { APP_FEATURES, type Feature, type Setting, shape } from '@ramble/core/app';
import {
  checkFileName,
  checkTokenExample,
  checkTokenIds,
  checkTokenPrompt,
} from '@ramble/core/domain';

import * as commandFeatures from '../features.js';
import { blame, checkShape, showTokens, showValue } from './checked.js';

const { fn, is, isFileArtifact, isTexts, object, optional, partsOf, returned } = shape;

/** Expected shape of each member of a type, by the member's name. */
type PartsOf<T> = Readonly<Record<keyof T, shape.Shape>>;
type Result = NonNullable<shape.CallShape['result']>;

const TEXT = is('a non-empty string', (value) => typeof value === 'string' && value !== '');
const PACKINGS = ['examples', 'stream', 'pieces'];
const KINDS = ['integer', 'number', 'choice', 'boolean', 'string'];

/** All features that apps may have. */
export const FEATURES: readonly Pick<Feature<unknown>, 'name' | 'shape'>[] = [
  ...APP_FEATURES,
  ...Object.values(commandFeatures),
];

const FACTORY = object({
  fit: fn({ returns: 'later', result: checkDomain }),
  save: fn({ returns: 'any', result: checkFiles }),
  load: fn({ returns: 'later', result: checkDomain }),
  adapt: optional(
    fn({ returns: 'later', result: (made, call) => checkDomain(partsOf(made).domain, call) }),
  ),
  extend: optional(fn({ returns: 'later' })), // its domains are checked as they are saved
} satisfies PartsOf<AnyApp['factory']>);

export const DATA = object(
  {
    extensions: is("a list of endings, ['.txt']", isTexts),
    fields: optional(object({ names: is("a list of names, ['text']", isTexts) })),
    readExamples: fn({ returns: 'steps' }),
    readParallel: optional(fn({ returns: 'steps' })),
    readFilePair: optional(fn({ returns: 'steps' })),
    textsOf: optional(fn({ returns: 'now', of: 0, result: returned('a list of texts', isTexts) })),
  } satisfies PartsOf<AnyApp['data']>,
  { isHidden: true },
);

const SETTING = object({
  kind: is(`one of ${KINDS.join(', ')}`, (value) => KINDS.includes(String(value))),
  description: TEXT,
} satisfies Partial<PartsOf<Setting>>);

export const APP = object(
  {
    name: TEXT,
    description: TEXT,
    factory: FACTORY,
    options: object(undefined, { each: SETTING }),
    packing: is("'examples', 'stream' or 'pieces'", (value) => PACKINGS.includes(String(value))),
    data: DATA,
    readPrompt: fn({ returns: 'now' }),
    readOutput: optional(fn({ returns: 'now' })),
    showOutput: fn({
      returns: 'any',
      of: 0,
      result: returned("{ kind: 'text', text } or { kind: 'file', extension, bytes }", isArtifact),
    }),
    prompting: optional(object()),
    sampling: optional(object()),
    presets: optional(object(undefined, { each: object() })),
    features: optional(
      object(Object.fromEntries(FEATURES.map((each) => [each.name, each.shape])), {
        isHidden: true,
      }),
    ),
  } satisfies PartsOf<AnyApp>,
  { expected: 'a module whose default export is an App of @ramble/core' },
);

export const GRAMMAR = object({
  start: fn({ returns: 'any' }),
  advance: fn({ returns: 'any' }),
  allowed: fn({ returns: 'any', result: returned('a list of ids', isIterable) }), // core checks the ids
  mustEnd: fn({ returns: 'any' }),
  prior: optional(fn({ returns: 'any' })),
  instead: optional(fn({ returns: 'any' })),
  restate: optional(fn({ returns: 'any' })),
} satisfies PartsOf<NonNullable<AnyDomain['grammar']>>);

const VOCABULARY = object({
  size: is('an integer of at least 1', (size) => Number.isInteger(size) && Number(size) >= 1),
  describe: fn({ returns: 'any', of: 0, result: returned('a string', isText) }),
  bytes: optional(fn({ returns: 'any', of: 0, result: returned('bytes or nothing', isBytes) })),
  specialTokens: optional(is('a Map of ids by their names', (value) => value instanceof Map)),
} satisfies PartsOf<AnyDomain['vocabulary']>);

export const DOMAIN = object(
  {
    name: TEXT,
    vocabulary: VOCABULARY,
    stopTokens: is('a list of ids', Array.isArray),
    encodeExample: fn({ returns: 'any', of: 0, result: checkExample }),
    encodePrompt: fn({ returns: 'any', of: 0, result: encoded(['tokens'], checkTokenPrompt) }),
    decodeOutput: fn({ returns: 'now', of: 0 }),
    encodeOutput: optional(fn({ returns: 'any', of: 0, result: checkOutput })),
    allowSpecialTokens: optional(fn({ returns: 'any' })),
    augment: optional(fn({ returns: 'now', of: 0 })),
    segments: optional(
      fn({
        returns: 'any',
        of: ({ tokens }: TokenExample) => showTokens(tokens),
        result: returned('a list of { tokens, lossWeights }', isIterable),
        item: checkSegment,
      }),
    ),
    crop: optional(
      fn({
        returns: 'any',
        of: ({ tokens }: TokenExample, start: number) => `${showTokens(tokens)} from ${start}`,
        result: checkCrop,
      }),
    ),
    cutPrompt: optional(fn()),
    cutRule: optional(TEXT, 'a non-empty string or nothing'),
    grammar: optional(GRAMMAR),
    chatTemplate: optional(object()),
  } satisfies PartsOf<AnyDomain>,
  { expected: 'a domain' },
);

function checkDomain(value: unknown, { name }: shape.CheckedCall): undefined {
  checkShape(name, DOMAIN, value);
}

/** Checks that an encoded example or prompt has lists of these names, such as `tokens`. Returns `undefined` if so. */
function checkLists(value: unknown, names: readonly string[]): shape.Complaint | undefined {
  const lists = partsOf(typeof value === 'object' ? value : undefined);
  const isList = (list: unknown): boolean =>
    typeof list === 'object' && list !== null && 'length' in list;
  if (names.every((name) => isList(lists[name]))) return undefined;
  return { expected: `{ ${names.join(', ')} }`, got: value };
}

/**
 * Returns a check of an encoded example or prompt: `names` are the lists that it must have, and `check` tests the
 * numbers in them.
 */
function encoded(
  names: readonly string[],
  check: (name: string, value: never, vocabSize: number) => void,
): Result {
  return (value, { name, owner }) => {
    const wrong = checkLists(value, names);
    const { size } = owner.vocabulary as AnyDomain['vocabulary']; // of a domain, as was checked
    if (!wrong) check(name, value as never, size); // it has the lists
    return wrong;
  };
}

function checkExample(value: unknown, call: shape.CheckedCall): ReturnType<Result> {
  return encoded(['tokens', 'lossWeights'], checkTokenExample)(value, call);
}

function checkCrop(value: unknown, call: shape.CheckedCall): ReturnType<Result> {
  const wrong = checkExample(value, call);
  if (wrong) return wrong;
  const { length } = (value as TokenExample).tokens; // checked before
  const max = Number(call.given[2]);
  return length <= max ? undefined : { expected: `at most ${max} tokens`, got: length };
}

/** Checks a segment of an example. An example may have at most as many segments as tokens: more might never end. */
function checkSegment(value: unknown, index: number, { given, owner }: shape.CheckedCall): void {
  const [{ tokens }, contextLength] = given as [TokenExample, number]; // as `segments` is called
  if (index >= tokens.length) {
    throw new RangeError(`expected at most ${tokens.length} segments, one per token, got more`);
  }
  const name = `segment ${index + 1}`;
  const wrong = checkExample(value, { name, given, owner });
  if (wrong) throw new TypeError(`${name}: expected ${wrong.expected}, got ${showValue(value)}`);
  const { length } = (value as TokenExample).tokens; // as was checked
  if (length <= contextLength + 1) return;
  throw new RangeError(
    `${name}: expected at most ${contextLength + 1} tokens (contextLength + 1), got ${length}`,
  );
}

function checkOutput(ids: unknown, call: shape.CheckedCall): ReturnType<Result> {
  return encoded(['ids'], (name, output: { ids: ArrayLike<number> }, size) =>
    checkTokenIds(name, output.ids, size),
  )({ ids }, call);
}

function checkFiles(files: unknown, { name }: shape.CheckedCall): ReturnType<Result> {
  const isFiles =
    typeof files === 'object' &&
    files !== null &&
    !(files instanceof Promise) &&
    Object.values(files).every(isText);
  if (!isFiles) return { expected: 'texts by file name', got: files };
  blame(name, () => Object.keys(files).forEach(checkFileName));
  return undefined;
}

function isArtifact(value: unknown): boolean {
  const { kind, text } = partsOf(value);
  return (kind === 'text' && typeof text === 'string') || isFileArtifact(value);
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function isBytes(value: unknown): boolean {
  return value === undefined || value instanceof Uint8Array;
}

function isIterable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Symbol.iterator in value;
}
