/** The class of a token; each operator and each delimiter of tags is a class. */
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

/** White space as Python's `\s` and `str.isspace` have it. */
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

/** Tokens inside tags, in the order in which they are tried. */
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
 * @throws SyntaxError for what is not a token.
 * @see https://jinja.palletsprojects.com/en/stable/templates/#whitespace-control
 */
export function tokenize(template: string): readonly Token[] {
  const source = template.replace(/\r\n?/g, '\n').replace(/\n$/, '');
  const tokens: Token[] = [];
  let at = 0;
  let startsLine = true;
  const matchAt = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(source)?.[0];
  };
  const advance = (text: string): void => {
    at += text.length;
    startsLine = text.endsWith('\n');
  };
  const data = (text: string, sign: string, isVariable: boolean): void => {
    const kept = keptData(text, sign, isVariable, startsLine);
    if (kept !== '') tokens.push({ kind: 'data', text: kept });
  };
  const search = (pattern: RegExp, missing: string): RegExpExecArray => {
    pattern.lastIndex = at;
    const found = pattern.exec(source);
    if (!found) throw new SyntaxError(missing);
    return found;
  };

  /** Reads a tag up to its end, which may not be inside brackets. */
  function tag(kind: 'variable' | 'block', end: RegExp): void {
    tokens.push({ kind: `${kind}_begin`, text: '' });
    const open: string[] = [];
    for (;;) {
      const ending = open.length === 0 ? matchAt(end) : undefined;
      if (ending !== undefined) {
        tokens.push({ kind: `${kind}_end`, text: '' });
        advance(ending);
        return;
      }
      const found = TAG_TOKENS.find(([, pattern]) => matchAt(pattern) !== undefined);
      const text = found && matchAt(found[1]);
      if (found === undefined || text === undefined) {
        throw new SyntaxError(
          at < source.length ? `unexpected character ${source[at]}` : 'a tag does not end',
        );
      }
      if (Object.hasOwn(CLOSING, text)) open.push(CLOSING[text]);
      else if (')]}'.includes(text) && open.pop() !== text) {
        throw new SyntaxError(`unexpected '${text}'`);
      }
      if (found[0] !== 'space') tokens.push(tagToken(found[0], text));
      advance(text);
    }
  }

  while (at < source.length) {
    TAG_START.lastIndex = at;
    const found = TAG_START.exec(source);
    if (!found) {
      tokens.push({ kind: 'data', text: source.slice(at) });
      break;
    }
    const groups: readonly (string | undefined)[] = found.slice(1); // of one of the two kinds
    const [rawSign = '', kind, sign = rawSign] = groups;
    data(source.slice(at, found.index), sign, kind === '{');
    at = found.index;
    advance(found[0]);
    if (kind === '%') tag('block', BLOCK_END);
    else if (kind === '{') tag('variable', VARIABLE_END);
    else {
      if (at === source.length) break; // as in Jinja2, which needs no end where nothing follows
      const [pattern, missing] =
        kind === '#' ? [COMMENT_END, 'a comment does not end'] : [RAW_END, 'raw does not end'];
      const end = search(pattern, missing);
      if (kind !== '#') data(source.slice(at, end.index), end[1], false);
      at = end.index;
      advance(end[0]);
    }
  }
  tokens.push({ kind: 'end', text: '' });
  return tokens;
}

/** The part of a text before a tag that its sign, or `lstrip_blocks`, leaves. */
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

/** Text of a string literal, whose escapes are Python's. */
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
