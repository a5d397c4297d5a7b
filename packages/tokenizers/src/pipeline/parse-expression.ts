/** A part of a regular expression. */
export type Expression =
  | Readonly<{ kind: 'character'; source: string }>
  | Readonly<{ kind: 'sequence' | 'choice'; parts: readonly Expression[] }>
  | Readonly<{ kind: 'repeat'; body: Expression; min: number; max: number; isLazy: boolean }>
  /** An atomic group: after its first match, the search does not backtrack into it. */
  | Readonly<{ kind: 'atomic'; body: Expression }>
  /** The beginning or the end of the text; `source` begins with `^` or `$`. */
  | Readonly<{ kind: 'anchor'; source: string }>
  | Readonly<{ kind: 'look'; body: Expression; isBehind: boolean; isNegated: boolean }>;

/**
 * Mark that is inserted into an expression after a possessive quantifier and at the beginning of an atomic group,
 * because JavaScript has neither. It matches the empty text.
 */
export const ATOMIC_MARK = '(?:){0}';

/**
 * Parses a valid JavaScript expression for the flag `u`. Parts that match one character (a literal, an
 * escape, a class) stay as source.
 *
 * @throws RangeError for a back-reference, an assertion such as `\b`, or groups nested too deeply.
 */
export function parseExpression(source: string): Expression {
  let at = 0;
  let depth = 0;

  function choice(): Expression {
    if (++depth > MAX_DEPTH) throw new RangeError(`with at most ${MAX_DEPTH} nested groups`);
    const parts = [sequence()];
    while (source[at] === '|') {
      at++;
      parts.push(sequence());
    }
    depth--;
    return parts.length === 1 ? parts[0] : { kind: 'choice', parts };
  }

  function sequence(): Expression {
    const parts: Expression[] = [];
    while (at < source.length && source[at] !== '|' && source[at] !== ')') parts.push(repeat());
    return parts.length === 1 ? parts[0] : { kind: 'sequence', parts };
  }

  function repeat(): Expression {
    const body = atom();
    const found = take(QUANTIFIER);
    if (found === undefined) return body;
    const isLazy = source[at] === '?';
    if (isLazy) at++;
    const repeated: Expression = { kind: 'repeat', body, ...limitsOf(found), isLazy };
    return isMarked() ? { kind: 'atomic', body: repeated } : repeated;
  }

  function atom(): Expression {
    if (source[at] !== '(') {
      const found = take(CHARACTER);
      if (found === undefined) return anchor(source.slice(at, at++ + 2));
      return { kind: 'character', source: found };
    }
    const prefix = take(GROUP) ?? '';
    const isAtomic = isMarked();
    const body = choice();
    at++; // the closing parenthesis
    const look = /^\(\?(<?)([=!])/.exec(prefix);
    if (!look) return isAtomic ? { kind: 'atomic', body } : body;
    return { kind: 'look', body, isBehind: look[1] === '<', isNegated: look[2] === '!' };
  }

  function isMarked(): boolean {
    return take(MARK) !== undefined;
  }

  function take(pattern: RegExp): string | undefined {
    pattern.lastIndex = at;
    const found = pattern.exec(source)?.[0];
    at += found?.length ?? 0;
    return found;
  }

  return choice();
}

/**
 * Reads the anchor at the beginning of the unread part of an expression.
 *
 * @throws RangeError for a part that is neither a character nor an anchor.
 */
function anchor(unread: string): Expression {
  if (/^[$^]/.test(unread)) return { kind: 'anchor', source: unread };
  throw new RangeError(`without ${unread}`);
}

const MAX_DEPTH = 50;
const MARK = /\(\?:\)\{0\}/uy; // same form as ATOMIC_MARK
const QUANTIFIER = /[*+?]|\{\d+(?:,\d*)?\}/uy;
const GROUP = /\((?:\?(?::|<?[=!]|<[^>=!][^>]*>))?/uy;
/** Matches a class, an escape of one character, or a literal. */
const CHARACTER =
  /\[(?:\\.|[^\]\\])*\]|\\u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|\\u[\da-fA-F]{4}|\\[pPu]\{[^}]*\}|\\x[\da-fA-F]{2}|\\c[a-zA-Z]|\\0|\\[^bBkpPux\d]|[^\\[\](){}*+?|^$]/suy;

function limitsOf(quantifier: string): { readonly min: number; readonly max: number } {
  if (quantifier === '*') return { min: 0, max: Infinity };
  if (quantifier === '+') return { min: 1, max: Infinity };
  if (quantifier === '?') return { min: 0, max: 1 };
  const [min, max = min] = quantifier.slice(1, -1).split(',');
  return { min: Number(min), max: max === '' ? Infinity : Number(max) };
}

/** The characters that a class, an escape or a literal of a regular expression matches in JavaScript. */
export class CharacterSet {
  readonly #pattern: RegExp;
  /**
   * Cached membership of the first 65,536 code points, 256 per page: 0 unknown, 1 not in the set, 2 in the
   * set.
   */
  readonly #pages: (Uint8Array | undefined)[] = new Array<undefined>(256).fill(undefined);

  constructor(source: string) {
    this.#pattern = new RegExp(`^(?:${source})$`, 'u');
  }

  /** Returns the length in UTF-16 units of the character at a position if it is in the set, else 0. */
  length(text: string, at: number): number {
    if (at >= text.length) return 0;
    const unit = text.charCodeAt(at);
    const known = this.#pages[unit >> 8]?.[unit & 255] ?? 0;
    return known === 0 ? this.#test(text, at, unit) : known - 1;
  }

  /** Returns the length in UTF-16 units of the character that ends at a position if it is in the set, else 0. */
  lengthBefore(text: string, at: number): number {
    return at === 0 ? 0 : this.length(text, before(text, at));
  }

  #test(text: string, at: number, unit: number): number {
    const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
    const isIn = this.#pattern.test(character);
    if (!isSurrogate(unit)) {
      const page = (this.#pages[unit >> 8] ??= new Uint8Array(256));
      page[unit & 255] = isIn ? 2 : 1;
    }
    return isIn ? character.length : 0;
  }
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xe000;
}

/** Returns the start of the character that ends at a position. */
export function before(text: string, at: number): number {
  const isPair = at > 1 && (text.codePointAt(at - 2) ?? 0) > 0xffff;
  return isPair ? at - 2 : at - 1;
}

/** Returns the position after the character that begins at a position. */
export function after(text: string, at: number): number {
  return at + ((text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1);
}
