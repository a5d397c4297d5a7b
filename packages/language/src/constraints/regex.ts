import { type Expression, parseExpression } from '@ramble/tokenizers';

import { complement, type Part, type Ranges, type Rules } from './rules.js';

/** Options for reading a regular expression. */
export interface RegexOptions {
  /** Makes the part that matches a character in some ranges of code points; by default, its UTF-8 bytes. */
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

/** Maximum number of different Unicode properties, such as `\\p{L}`, in the expressions of one constraint. */
const MAX_PROPERTIES = 8;

class RegexReader {
  readonly #character: (ranges: Ranges) => Part;
  readonly #around: Part;
  /** Parts that match one character, by the source of the literal or class. */
  readonly #known = new Map<string, Part>();

  constructor(
    private readonly source: string,
    private readonly rules: Rules,
    { character = (ranges) => rules.characters(ranges), isSearch = false }: RegexOptions,
  ) {
    this.#character = character;
    const any = character(complement([]));
    this.#around = isSearch ? rules.repeat(any, 0) : rules.empty;
  }

  /** Returns the part of the whole expression. Each top-level alternative may have its own anchors. */
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
      case 'character': {
        const { source } = part;
        let known = this.#known.get(source);
        if (!known) {
          this.#count(source);
          this.#known.set(source, (known = this.#character(characterRanges(source))));
        }
        return known;
      }
      case 'sequence':
        return this.rules.sequence(part.parts.map((each) => this.#read(each)));
      case 'choice':
        return this.rules.choice(part.parts.map((each) => this.#read(each)));
      case 'repeat':
        return this.rules.repeat(this.#read(part.body), part.min, part.max);
      case 'anchor':
        throw this.#unsupported('^ and $ only at its two ends');
      case 'atomic': // JavaScript has no atomic groups: the parser's mark of them is an empty part here
        return this.#read(part.body);
      case 'look':
        throw this.#unsupported('no look-ahead and no look-behind');
    }
  }

  /**
   * Counts the Unicode properties in the source of a class or an escape.
   *
   * @throws RangeError for too many Unicode properties, because it takes time to find their characters.
   */
  #count(source: string): void {
    for (const [name] of source.matchAll(/[pP]\{[^}]*\}/g)) this.rules.properties.add(name);
    if (this.rules.properties.size > MAX_PROPERTIES) {
      throw this.#unsupported(`at most ${MAX_PROPERTIES} properties of Unicode in all`);
    }
  }

  #unsupported(expected: string): RangeError {
    return new RangeError(`regex: expected ${expected}, got ${this.source}`);
  }
}

function isAnchor(part: Expression | undefined, mark: string): boolean {
  return part?.kind === 'anchor' && part.source.startsWith(mark);
}

const LINE_ENDS: Ranges = [0xa, 0xd, 0x2028, 0x2029].map((code) => [code, code] as const);
const CONTROLS: Readonly<Record<string, string>> = {
  ...{ n: '\n', r: '\r', t: '\t', v: '\v', f: '\f', b: '\b', 0: '\0' },
};
/** Matches a code point or an escape: a pair of surrogates, hexadecimal digits, a control, a class, a letter. */
const ITEM =
  /\\(?:u([dD][89abAB][\da-fA-F]{2})\\u([dD][c-fC-F][\da-fA-F]{2})|(?:u|x|u\{)([\da-fA-F]+)\}?|c([a-zA-Z])|([dswDSW]|[pP]\{[^}]*\})|(.))|([^\\])/suy;

/** Returns the code points of a literal, an escape or a class of a valid expression. */
function characterRanges(source: string): Ranges {
  if (source === '.') return complement(LINE_ENDS);
  const isNegated = source.startsWith('[^');
  const isClass = source.startsWith('[');
  const inner = isClass ? source.slice(isNegated ? 2 : 1, -1) : source;
  const ranges: (readonly [number, number])[] = [];
  ITEM.lastIndex = 0;
  while (ITEM.lastIndex < inner.length) {
    const from = readItem(inner);
    const isRange = isClass && inner[ITEM.lastIndex] === '-' && ITEM.lastIndex < inner.length - 1;
    if (typeof from !== 'number') ranges.push(...from);
    else if (isRange) {
      ITEM.lastIndex++;
      ranges.push([from, Number(readItem(inner))]); // the ends of ranges are code points
    } else ranges.push([from, from]);
  }
  return isNegated ? complement(ranges) : ranges;
}

/** Reads a code point, or the code points of a class such as `\d`. */
function readItem(text: string): number | Ranges {
  const [, high, low, hex, control, named, letter, plain] = ITEM.exec(text) ?? [];
  if (high) {
    const units = [high, low].map((unit) => Number.parseInt(unit, 16));
    return String.fromCharCode(...units).codePointAt(0) ?? 0;
  }
  if (hex) return Number.parseInt(hex, 16);
  if (control) return control.charCodeAt(0) & 31;
  if (named) {
    const found = scan(named[0].toLowerCase() + named.slice(1));
    return /^[DSWP]/.test(named) ? complement(found) : found;
  }
  return (letter ? (CONTROLS[letter] ?? letter) : plain).codePointAt(0) ?? 0;
}

const scanned = new Map<string, Ranges>();
let allCharacters = '';

/** Finds the code points of a class such as `d` or `p{L}`, by testing each code point. */
function scan(name: string): Ranges {
  const known = scanned.get(name);
  if (known) return known;
  allCharacters ||= spellAll();
  const ranges: [number, number][] = [];
  for (const [run] of allCharacters.matchAll(new RegExp(`\\${name}+`, 'gu'))) {
    const last = run.codePointAt(run.length - 2) ?? 0;
    const to = last > 0xffff ? last : run.charCodeAt(run.length - 1);
    ranges.push([run.codePointAt(0) ?? 0, to]); // surrogates within it have no bytes
  }
  scanned.set(name, ranges);
  return ranges;
}

/** Returns a text with each code point in order, except surrogates. */
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
