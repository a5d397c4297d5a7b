import { intOf, textOf } from './arguments.js';
import type { Budget } from './budget.js';
import { Tuple } from './objects.js';
import {
  capitalize,
  expandTabs,
  joinTexts,
  justify,
  replaceText,
  splitLines,
  splitText,
  strip,
  titled,
} from './text-functions.js';
import { SPACE } from './tokens.js';
import { characters, lengthOf, PythonError, type Value } from './values.js';

/**
 * A method of values of type `T`: the names of its parameters, separated by blanks, with a question mark after an
 * optional one, and a function that returns the result.
 */
export type Definition<T> = readonly [
  parameters: string,
  run: (self: T, given: readonly (Value | undefined)[], budget: Budget) => Value,
];

/**
 * Methods such as `isdigit` that test every character of a text, with the pattern of texts that pass. As in Python,
 * an empty text passes only `isascii` and `isprintable`.
 */
const KINDS: Readonly<Record<string, RegExp>> = {
  isalpha: /^\p{L}+$/u,
  isalnum: /^[\p{L}\p{N}]+$/u,
  isascii: /^[\0-\x7f]*$/,
  isdecimal: /^\p{Nd}+$/u,
  isdigit: /^[\p{Nd}²³¹⁰-⁹₀-₉]+$/u,
  isnumeric: /^\p{N}+$/u,
  isspace: new RegExp(`^${SPACE}+$`),
  isidentifier: /^[\p{L}\p{Nl}_][\p{L}\p{N}\p{M}\p{Pc}]*$/u,
  isprintable: /^(?:[^\p{C}\p{Z}]| )*$/u,
};

const TEXT_METHODS: Readonly<Record<string, Definition<string>>> = {
  ...Object.fromEntries(
    Object.entries(KINDS).map(([name, kind]): [string, Definition<string>] => [
      name,
      ['', (text) => kind.test(text)],
    ]),
  ),
  capitalize: ['', (text) => capitalize(text)],
  casefold: ['', (text) => text.toLowerCase().replaceAll('ß', 'ss').replaceAll('ς', 'σ')],
  center: ['width fill?', (text, given, budget) => justify(text, given, budget, 'center')],
  count: [
    'part start? end?',
    (text, given, budget) =>
      BigInt(countIn(within(text, given, budget).part, textOf(given[0]), budget)),
  ],
  endswith: testing('suffix', 'endsWith'),
  expandtabs: ['tabsize?', (text, [size], budget) => expandTabs(text, intOf(size, 8), budget)],
  find: finding('indexOf'),
  index: finding('indexOf', true),
  islower: ['', (text) => text === text.toLowerCase() && text !== text.toUpperCase()],
  istitle: ['', (text) => /\p{L}/u.test(text) && titled(text) === text],
  isupper: ['', (text) => text === text.toUpperCase() && text !== text.toLowerCase()],
  join: ['items', (text, [items = null], budget) => joinTexts(text, items, budget)],
  ljust: ['width fill?', (text, given, budget) => justify(text, given, budget, 'left')],
  lower: ['', (text) => text.toLowerCase()],
  lstrip: ['characters?', (text, [named]) => strip(text, named, true, false)],
  partition: parting('indexOf'),
  removeprefix: [
    'prefix',
    (text, [prefix]) =>
      text.startsWith(textOf(prefix)) ? text.slice(textOf(prefix).length) : text,
  ],
  removesuffix: [
    'suffix',
    (text, [suffix]) => {
      const end = textOf(suffix);
      return end !== '' && text.endsWith(end) ? text.slice(0, -end.length) : text;
    },
  ],
  replace: [
    'old new count?',
    (text, [old, by, count], budget) =>
      replaceText(text, textOf(old), textOf(by), intOf(count, -1), budget),
  ],
  rfind: finding('lastIndexOf'),
  rindex: finding('lastIndexOf', true),
  rjust: ['width fill?', (text, given, budget) => justify(text, given, budget, 'right')],
  rpartition: parting('lastIndexOf'),
  rsplit: ['sep? maxsplit?', (text, [by, max], budget) => splitText(text, by, max, budget, true)],
  rstrip: ['characters?', (text, [named]) => strip(text, named, false, true)],
  split: ['sep? maxsplit?', (text, [by, max], budget) => splitText(text, by, max, budget, false)],
  splitlines: [
    'keepends?',
    (text, [keeps = false], budget) => splitLines(text, Boolean(keeps), budget),
  ],
  startswith: testing('prefix', 'startsWith'),
  strip: ['characters?', (text, [named]) => strip(text, named, true, true)],
  swapcase: [
    '',
    (text, _, budget) => {
      budget.elements(2 * text.length);
      return Array.from(text, (each) =>
        each === each.toLowerCase() ? each.toUpperCase() : each.toLowerCase(),
      ).join('');
    },
  ],
  title: ['', (text) => titled(text)],
  upper: ['', (text) => text.toUpperCase()],
  zfill: [
    'width',
    (text, [width], budget) => {
      const sign = /^[-+]/.test(text) ? text[0] : '';
      const room = intOf(width, 0) - lengthOf(text, budget);
      budget.text(Math.max(room, 0));
      return sign + '0'.repeat(Math.max(room, 0)) + text.slice(sign.length);
    },
  ],
};

/** Names of the methods of texts, except `format` and `format_map`, which read other values. */
export const TEXT_METHOD_NAMES: readonly string[] = Object.keys(TEXT_METHODS);

export function textMethod(name: string): Definition<string> | undefined {
  return Object.hasOwn(TEXT_METHODS, name) ? TEXT_METHODS[name] : undefined;
}

/** Returns the part of a text between two positions, and the position where the part begins. */
function within(
  text: string,
  [, start, end]: readonly (Value | undefined)[],
  budget: Budget,
): { readonly part: string; readonly from: number } {
  if ((start ?? null) === null && (end ?? null) === null) return { part: text, from: 0 };
  const all = characters(text, budget);
  const place = (given: Value | undefined, usual: number): number => {
    const at = intOf(given ?? undefined, usual);
    return Math.min(Math.max(at < 0 ? at + all.length : at, 0), all.length);
  };
  const from = place(start, 0);
  const part = all.slice(from, place(end, all.length));
  return { part: typeof part === 'string' ? part : part.join(''), from };
}

/**
 * Makes `find`, `rfind`, `index` or `rindex`: returns the position of a part; if it is missing, -1 or an
 * error.
 */
function finding(search: 'indexOf' | 'lastIndexOf', isRequired = false): Definition<string> {
  return [
    'part start? end?',
    (text, given, budget) => {
      const { part, from } = within(text, given, budget);
      const at = part[search](textOf(given[0]));
      if (at < 0 && isRequired) throw new PythonError('substring not found');
      return BigInt(at < 0 ? -1 : from + lengthOf(part.slice(0, at), budget));
    },
  ];
}

function countIn(text: string, part: string, budget: Budget): number {
  if (part === '') return lengthOf(text, budget) + 1;
  let count = 0;
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length)) {
    budget.work(1);
    count++;
  }
  return count;
}

function testing(name: string, test: 'startsWith' | 'endsWith'): Definition<string> {
  return [
    `${name} start? end?`,
    (text, given, budget) => {
      const { part } = within(text, given, budget);
      const [ends] = given;
      const all = ends instanceof Tuple ? ends.items : [ends];
      return all.some((end) => part[test](textOf(end)));
    },
  ];
}

function parting(search: 'indexOf' | 'lastIndexOf'): Definition<string> {
  return [
    'separator',
    (text, [given]) => {
      const separator = textOf(given);
      if (separator === '') throw new PythonError('empty separator');
      const at = text[search](separator);
      if (at < 0) return new Tuple(search === 'indexOf' ? [text, '', ''] : ['', '', text]);
      return new Tuple([text.slice(0, at), separator, text.slice(at + separator.length)]);
    },
  ];
}
