import { type Expression, parseExpression } from '@ramble/tokenizers';

import { complement, type Part, type Ranges, type Rules } from './rules.js';

/** Reading of a regular expression. */
export interface RegexOptions {
  /** Returns the part that matches a character of some code points; its UTF-8 bytes by default. */
  readonly character?: (ranges: Ranges) => Part;
  /** Whether the expression may match any part of the text, as in JSON Schema; by default it is the whole text. */
  readonly isSearch?: boolean;
}

/**
 * Reads a regular expression of JavaScript with the flag `u`.
 *
 * @throws RangeError for an invalid expression, and for look-around, back-references, and anchors inside of it.
 */
export function readRegex(source: string, rules: Rules, options: RegexOptions = {}): Part {
  try {
    new RegExp(source, 'u');
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new RangeError(
      `regex: expected a regular expression of JavaScript, got ${error.message}`,
    );
  }
  let expression: Expression;
  try {
    expression = parseExpression(source);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new RangeError(`regex: expected an expression ${error.message}, got ${source}`);
  }
  return new RegexReader(source, rules, options).whole(expression);
}

class RegexReader {
  readonly #character: (ranges: Ranges) => Part;
  readonly #around: Part;

  constructor(
    private readonly source: string,
    private readonly rules: Rules,
    { character = (ranges) => rules.characters(ranges), isSearch = false }: RegexOptions,
  ) {
    this.#character = character;
    const any = character(complement([]));
    this.#around = isSearch ? rules.repeat(any, 0) : rules.empty;
  }

  /** Reads the alternatives, each with its own anchors. */
  whole(expression: Expression): Part {
    if (expression.kind === 'choice') {
      return this.rules.choice(expression.parts.map((part) => this.whole(part)));
    }
    let parts = expression.kind === 'sequence' ? expression.parts : [expression];
    const isBegun = isAnchor(parts.at(0), '^');
    if (isBegun) parts = parts.slice(1);
    const isEnded = isAnchor(parts.at(-1), '$');
    if (isEnded) parts = parts.slice(0, -1);
    return this.rules.sequence([
      isBegun ? this.rules.empty : this.#around,
      ...parts.map((part) => this.#read(part)),
      isEnded ? this.rules.empty : this.#around,
    ]);
  }

  #read(part: Expression): Part {
    switch (part.kind) {
      case 'character':
        return this.#character(characterRanges(part.source));
      case 'sequence':
        return this.rules.sequence(part.parts.map((each) => this.#read(each)));
      case 'choice':
        return this.rules.choice(part.parts.map((each) => this.#read(each)));
      case 'repeat':
        return this.rules.repeat(this.#read(part.body), part.min, part.max);
      case 'anchor':
        throw this.#unsupported('^ and $ only at its two ends');
      case 'atomic':
      case 'look':
        throw this.#unsupported('no look-ahead and no look-behind');
    }
  }

  #unsupported(expected: string): RangeError {
    return new RangeError(`regex: expected ${expected}, got ${this.source}`);
  }
}

function isAnchor(part: Expression | undefined, mark: string): boolean {
  return part?.kind === 'anchor' && part.source.startsWith(mark);
}

const CLASSES: Readonly<Record<string, Ranges>> = {
  d: [[0x30, 0x39]],
  w: [
    [0x30, 0x39],
    [0x41, 0x5a],
    [0x5f, 0x5f],
    [0x61, 0x7a],
  ],
  s: [
    [0x9, 0xd],
    [0x20, 0x20],
    [0xa0, 0xa0],
    [0x1680, 0x1680],
    [0x2000, 0x200a],
    [0x2028, 0x2029],
    [0x202f, 0x202f],
    [0x205f, 0x205f],
    [0x3000, 0x3000],
    [0xfeff, 0xfeff],
  ],
};
const NOT_DOT: Ranges = [
  [0xa, 0xa],
  [0xd, 0xd],
  [0x2028, 0x2029],
];
const CONTROLS: Readonly<Record<string, number>> = {
  n: 0xa,
  r: 0xd,
  t: 0x9,
  v: 0xb,
  f: 0xc,
  b: 0x8,
  0: 0,
};
/** Matches a code point, an escape of one, or a class such as `\\d`. */
const ITEM =
  /\\(?:u([\da-fA-F]{4})|u\{([\da-fA-F]+)\}|x([\da-fA-F]{2})|c([a-zA-Z])|(.))|([^\\])/suy;

/** Returns the code points of a literal, an escape or a class. */
export function characterRanges(source: string): Ranges {
  if (/\\[pP]|\\u[dD][89a-fA-F]/.test(source)) return scan(source);
  if (source === '.') return complement(NOT_DOT);
  const isClass = source.startsWith('[');
  const isNegated = source.startsWith('[^');
  const inner = isClass ? source.slice(isNegated ? 2 : 1, -1) : source;
  const ranges: (readonly [number, number])[] = [];
  ITEM.lastIndex = 0;
  while (ITEM.lastIndex < inner.length) {
    const from = readItem(inner);
    const isRange = isClass && inner[ITEM.lastIndex] === '-' && ITEM.lastIndex < inner.length - 1;
    if (typeof from !== 'number') ranges.push(...from);
    else if (isRange) {
      ITEM.lastIndex++;
      ranges.push([from, Number(readItem(inner))]); // the expression is valid, so this is one code point
    } else ranges.push([from, from]);
  }
  return isNegated ? complement(ranges) : ranges;
}

/** Reads a code point, or the code points of a class such as `\\d`. */
function readItem(text: string): number | Ranges {
  const found = ITEM.exec(text);
  if (!found) throw new RangeError(`regex: expected a character, got ${text}`);
  const [, u, braced, x, control, letter, plain] = found;
  const hex = u || braced || x;
  if (hex) return Number.parseInt(hex, 16);
  if (control) return control.charCodeAt(0) & 31;
  if (!letter) return plain.codePointAt(0) ?? 0;
  const known = CLASSES[letter.toLowerCase()] as Ranges | undefined;
  if (known) return letter === letter.toLowerCase() ? known : complement(known);
  return CONTROLS[letter] ?? letter.codePointAt(0) ?? 0;
}

const scanned = new Map<string, Ranges>();
/** Maximum number of classes whose code points are kept. */
const MAX_SCANNED = 100;

let allCharacters = '';

/** Finds the code points that an expression of one character matches, by trying all of them. */
function scan(source: string): Ranges {
  const known = scanned.get(source);
  if (known) return known;
  allCharacters ||= spellAll();
  const ranges: [number, number][] = [];
  for (const [run] of allCharacters.matchAll(new RegExp(`(?:${source})+`, 'gu'))) {
    const last = run.codePointAt(run.length - 2) ?? 0;
    const to = last > 0xffff ? last : run.charCodeAt(run.length - 1);
    const from = run.codePointAt(0) ?? 0;
    if (from < 0xd800 && to > 0xdfff) ranges.push([from, 0xd7ff], [0xe000, to]);
    else ranges.push([from, to]);
  }
  if (scanned.size === MAX_SCANNED) scanned.clear();
  scanned.set(source, ranges);
  return ranges;
}

/** Returns a text of all code points, in order, without surrogates. */
function spellAll(): string {
  const units = new Uint16Array(0x10000 - 0x800 + 2 * 0x100000);
  let length = 0;
  for (let code = 0; code < 0x110000; code++) {
    if (code >= 0xd800 && code < 0xe000) continue;
    if (code > 0xffff) units[length++] = 0xd800 + ((code - 0x10000) >> 10);
    units[length++] = code > 0xffff ? 0xdc00 + (code & 0x3ff) : code;
  }
  return new TextDecoder('utf-16le', { ignoreBOM: true }).decode(units);
}
