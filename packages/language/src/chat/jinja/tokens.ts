/**
 * Kind of a template's token: text outside of tags (`data`), the beginning or end of a tag, a token inside a tag, or
 * the end of the template.
 */
export type TokenKind =
  | 'data'
  | 'variable_begin'
  | 'variable_end'
  | 'block_begin'
  | 'block_end'
  | 'name'
  | 'string'
  | 'integer'
  | 'float'
  | 'operator'
  | 'end';

/** A token of a template. */
export interface Token {
  readonly kind: TokenKind;
  /** Text of the token, without the quotes and escapes of a string. */
  readonly text: string;
}

/** Pattern of a white space character by Python's `\s` and `str.isspace`. */
export const SPACE = String.raw`(?:[^\S\ufeff]|[\x1c-\x1f\x85])`;

const ONE_SPACE = new RegExp(`^${SPACE}$`);
const ONLY_SPACES = new RegExp(`^${SPACE}+$`);
const TAG_START = new RegExp(
  String.raw`\{%([-+]?)${SPACE}*raw${SPACE}*(?:-%\}${SPACE}*|%\})|\{([%{#])([-+]?)`,
  'g',
);
const RAW_END = new RegExp(
  String.raw`\{%([-+]?)${SPACE}*endraw${SPACE}*(?:\+%\}|-%\}${SPACE}*|%\}\n?)`,
  'g',
);
const COMMENT_END = new RegExp(String.raw`\+#\}|-#\}${SPACE}*|#\}\n?`, 'g');
const BLOCK_END = new RegExp(String.raw`\+%\}|-%\}${SPACE}*|%\}\n?`, 'y');
const VARIABLE_END = new RegExp(String.raw`-\}\}${SPACE}*|\}\}`, 'y');

type TagToken = 'space' | 'float' | 'integer' | 'name' | 'string' | 'operator';

/** Patterns of the tokens inside tags, in the order in which they are tried. */
const TAG_TOKENS: readonly (readonly [TagToken, RegExp])[] = [
  ['space', new RegExp(`${SPACE}+`, 'y')],
  ['float', /(?<!\.)(?:\d+_)*\d+(?:(?:\.(?:\d+_)*\d+)?e[+-]?(?:\d+_)*\d+|\.(?:\d+_)*\d+)/iy],
  ['integer', /0b(?:_?[01])+|0o(?:_?[0-7])+|0x(?:_?[\da-f])+|[1-9](?:_?\d)*|0(?:_?0)*/iy],
  ['name', /[\p{L}\p{Nl}_][\p{L}\p{N}\p{M}\p{Pc}]*/uy],
  ['string', /'[^'\\]*(?:\\[^][^'\\]*)*'|"[^"\\]*(?:\\[^][^"\\]*)*"/y],
  ['operator', /\/\/|\*\*|==|!=|>=|<=|[-+/*%~[\](){}<>=.:|,;]/y],
];

const CLOSING: Readonly<Record<string, string>> = { '{': '}', '(': ')', '[': ']' };

/**
 * Splits a template into tokens as Jinja2 does with `trim_blocks` and `lstrip_blocks`, the settings of
 * transformers.
 *
 * @throws SyntaxError for text that is not a token.
 * @see https://jinja.palletsprojects.com/en/stable/templates/#whitespace-control
 */
export function tokenize(template: string): readonly Token[] {
  return new Lexer(template.replace(/\r\n?/g, '\n').replace(/\n$/, '')).tokenize();
}

class Lexer {
  private readonly tokens: Token[] = [];
  private at = 0;
  private startsLine = true;

  constructor(private readonly source: string) {}

  tokenize(): readonly Token[] {
    while (this.at < this.source.length) {
      const found = this.find(TAG_START);
      if (!found) {
        this.tokens.push({ kind: 'data', text: this.source.slice(this.at) });
        break;
      }
      const groups: readonly (string | undefined)[] = found.slice(1); // of one of the two kinds
      const [rawSign = '', kind, sign = rawSign] = groups;
      this.data(found, sign, kind === '{');
      if (kind === '%') this.tag('block', BLOCK_END);
      else if (kind === '{') this.tag('variable', VARIABLE_END);
      else {
        if (this.at === this.source.length) break; // as in Jinja2, a tag at the end of the template needs no closing sign
        const [pattern, missing] =
          kind === '#' ? [COMMENT_END, 'a comment does not end'] : [RAW_END, 'raw does not end'];
        const end = this.find(pattern);
        if (!end) throw new SyntaxError(missing);
        if (kind === '#') this.moveAfter(end);
        else this.data(end, end[1], false);
      }
    }
    this.tokens.push({ kind: 'end', text: '' });
    return this.tokens;
  }

  /** Returns the next match of a pattern; a sticky pattern must match at the current position. */
  private find(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.at;
    return pattern.exec(this.source);
  }

  private advance(text: string): void {
    this.at += text.length;
    this.startsLine = text.endsWith('\n');
  }

  private moveAfter({ 0: text, index }: RegExpExecArray): void {
    this.at = index;
    this.advance(text);
  }

  /** Adds the text before a tag as a token, and advances past the tag's opening sign. */
  private data(tag: RegExpExecArray, sign: string, isVariable: boolean): void {
    const text = this.source.slice(this.at, tag.index);
    const kept = keptData(text, sign, isVariable, this.startsLine);
    if (kept !== '') this.tokens.push({ kind: 'data', text: kept });
    this.moveAfter(tag);
  }

  /** Reads a tag up to its end, which may not be inside brackets. */
  private tag(kind: 'variable' | 'block', end: RegExp): void {
    this.tokens.push({ kind: `${kind}_begin`, text: '' });
    const open: string[] = [];
    for (;;) {
      const ending = open.length === 0 ? this.find(end)?.[0] : undefined;
      if (ending !== undefined) {
        this.tokens.push({ kind: `${kind}_end`, text: '' });
        this.advance(ending);
        return;
      }
      const found = TAG_TOKENS.find(([, pattern]) => this.find(pattern) !== null);
      const text = found && this.find(found[1])?.[0];
      if (found === undefined || text === undefined) {
        const { source, at } = this;
        throw new SyntaxError(
          at < source.length ? `unexpected character ${source[at]}` : 'a tag does not end',
        );
      }
      if (Object.hasOwn(CLOSING, text)) open.push(CLOSING[text]);
      else if (')]}'.includes(text) && open.pop() !== text) {
        throw new SyntaxError(`unexpected '${text}'`);
      }
      if (found[0] !== 'space') this.tokens.push(tagToken(found[0], text));
      this.advance(text);
    }
  }
}

/**
 * Returns the text before a tag, without the white space that the tag's sign (`{%-`) or `lstrip_blocks` removes from
 * its end.
 */
function keptData(text: string, sign: string, isVariable: boolean, startsLine: boolean): string {
  if (sign === '-') {
    let end = text.length;
    while (end > 0 && ONE_SPACE.test(text[end - 1])) end--;
    return text.slice(0, end);
  }
  if (sign === '+' || isVariable) return text;
  const line = text.lastIndexOf('\n') + 1;
  return (line > 0 || startsLine) && ONLY_SPACES.test(text.slice(line))
    ? text.slice(0, line)
    : text;
}

function tagToken(kind: Exclude<TagToken, 'space'>, text: string): Token {
  if (kind === 'string') return { kind, text: unescapeString(text.slice(1, -1)) };
  return { kind, text: kind === 'name' || kind === 'operator' ? text : text.replaceAll('_', '') };
}

const ESCAPES: Readonly<Record<string, string>> = {
  ...{ n: '\n', t: '\t', r: '\r', a: '\x07', b: '\b', f: '\f', v: '\v' },
  ...{ '\\': '\\', "'": "'", '"': '"', '\n': '' },
};

/** Returns the text of a string literal with Python's escapes. */
function unescapeString(text: string): string {
  const pattern =
    /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{1,3})|([xuUN])|([^]))/g;
  return text.replace(pattern, (whole, ...found: (string | undefined)[]) => {
    const [x, u, long, octal, bad, other] = found;
    const hex = x ?? u ?? long;
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
    if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8));
    if (bad !== undefined)
      throw new SyntaxError(`the escape ${whole} of a string is not supported`);
    return other !== undefined && Object.hasOwn(ESCAPES, other) ? ESCAPES[other] : whole;
  });
}

/** Reads a list of tokens from first to last. */
export class TokenReader {
  protected at = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  protected get next(): Token {
    return this.tokens[this.at];
  }

  protected is(kind: TokenKind, text?: string, ahead = 0): boolean {
    const token = this.tokens.at(this.at + ahead);
    return token?.kind === kind && (text === undefined || token.text === text);
  }

  protected skip(kind: TokenKind, text?: string): boolean {
    const isNext = this.is(kind, text);
    if (isNext) this.at++;
    return isNext;
  }

  protected expect(kind: TokenKind, text?: string): string {
    if (!this.is(kind, text)) throw this.unexpected(text ?? kind);
    return this.tokens[this.at++].text;
  }

  /** Calls `read` for each item of a comma-separated list, until `isEnd`. */
  protected separated(isEnd: () => boolean, read: () => void): void {
    for (let isFirst = true; !isEnd(); isFirst = false) {
      if (!isFirst) this.expect('operator', ',');
      read();
    }
  }

  /** Calls `read` for each item of a comma-separated list up to a closing bracket; a trailing comma is allowed. */
  protected listed(end: string, read: () => void): void {
    for (let isFirst = true; !this.skip('operator', end); isFirst = false) {
      if (!isFirst) {
        this.expect('operator', ',');
        if (this.skip('operator', end)) return;
      }
      read();
    }
  }

  protected unexpected(expected?: string): SyntaxError {
    const { kind, text } = this.next;
    const got = text === '' ? kind.replace('_', ' of a ') : `'${text}'`;
    return new SyntaxError(`expected ${expected ?? 'something else'}, got ${got}`);
  }
}
