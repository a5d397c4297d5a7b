/** A section of a manual page: its heading and its paragraphs, one line each. */
export interface ManSection {
  readonly heading: string;
  readonly paragraphs: readonly string[];
}

/** Reasons why a page is not read: `alias`, it refers to another page; `mdoc`, it uses unsupported macros. */
export type UnreadPage = 'alias' | 'mdoc';

/** Font macros, whose arguments are text. */
const FONTS = new Set(['B', 'I', 'SM', 'SB', 'R', 'CW', 'UR', 'MT', 'ME', 'OP', 'SY', 'MR', 'TQ']);
/** Font macros whose arguments are joined to one word. */
const JOINED_FONTS = new Set(['BR', 'RB', 'BI', 'IB', 'IR', 'RI']);
/** Macros that begin a paragraph, including those in pod2man's output and in old pages. */
const BREAKS = new Set('PP P LP TP HP sp Sp RS RE br YS EX EE Vb Ve nf fi'.split(' '));

/**
 * Returns the sections of a manual page as plain text, by the macros of man(7) and pod2man. Other requests
 * have no effect; conditions are evaluated as for a terminal.
 *
 * @see man(7), groff_man(7)
 */
export function readManPage(source: string): readonly ManSection[] | UnreadPage {
  if (/^\.so\s/m.test(source) && !/^\.SH\s/m.test(source)) return 'alias';
  if (/^\.D[dt]\s/m.test(source) && /^\.Sh\s/m.test(source)) return 'mdoc';
  const sections: { heading: string; paragraphs: string[] }[] = [];
  let words: string[] = [];
  const endParagraph = (): void => {
    const paragraph = words.join(' ').replaceAll(/\s+/g, ' ').trim();
    if (paragraph !== '') sections.at(-1)?.paragraphs.push(paragraph);
    words = [];
  };
  const beginSection = (heading: string): void => {
    endParagraph();
    sections.push({ heading: heading.trim(), paragraphs: [] });
  };
  let headingFollows = false;
  for (const line of visibleLines(source)) {
    const request = /^[.']\s*(\S+)\s*(.*)$/.exec(line);
    if (!request) {
      if (line.trim() === '') endParagraph();
      else if (headingFollows) beginSection(unescapeRoff(line));
      else words.push(unescapeRoff(line));
      headingFollows = false;
      continue;
    }
    const [, macro, rest] = request;
    const args = argumentsOf(rest);
    if (macro === 'SH') {
      if (args.length > 0) beginSection(args.join(' '));
      else headingFollows = true;
    } else if (macro === 'SS') {
      endParagraph();
      words.push(...args);
      endParagraph();
    } else if (macro === 'IP') {
      endParagraph();
      words.push(args.at(0) ?? '');
    } else if (BREAKS.has(macro)) endParagraph();
    else if (JOINED_FONTS.has(macro)) words.push(args.join(''));
    else if (FONTS.has(macro)) words.push(args.join(' '));
  }
  endParagraph();
  return sections;
}

/** Yields macros and the lines that a terminal would show. */
function* visibleLines(source: string): Generator<string> {
  const lines = source.replaceAll('\r\n', '\n').split('\n');
  let isElse = true; // whether the next `el` is taken
  let isTable = false;
  let cell = '\t'; // separator of two cells
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i].replace(/\s*\\["#].*$/, '');
    if (/^[.']\s*$/.test(line) || (line === '' && lines[i] !== '')) continue; // a comment
    if (/^[.']\s*(de|am|ig)/.test(line)) {
      while (++i < lines.length && !lines[i].startsWith('..')); // a definition
      continue;
    }
    if (/^[.']\s*(TS|T&|TE)/.test(line)) {
      if (/TS/.test(line)) cell = '\t';
      while (!/TE/.test(line) && ++i < lines.length) {
        cell = /tab\s*\((.)\)/.exec(lines[i])?.[1] ?? cell;
        if (/\.\s*$/.test(lines[i])) break; // the format of a table ends
      }
      isTable = !/TE/.test(line);
      continue;
    }
    const condition = /^[.']\s*(if|ie|el)\s*(.*)$/.exec(line);
    if (!condition) {
      yield isTable ? cellsOf(line, cell) : line;
      continue;
    }
    const [, kind, rest] = condition;
    const command = kind === 'el' ? rest : rest.replace(/^\S+\s*/, ''); // the command after its test
    const isTaken: boolean = kind === 'el' ? isElse : /^n(\s|$)/.test(rest);
    if (kind === 'ie') isElse = !isTaken;
    const open = countOf(rest, '\\{') - countOf(rest, '\\}');
    if (open <= 0) {
      if (isTaken && command !== '') yield command.replaceAll(/\\[{}]/g, '');
      continue;
    }
    for (let depth = open; depth > 0 && ++i < lines.length;) {
      depth += countOf(lines[i], '\\{') - countOf(lines[i], '\\}');
      if (isTaken && depth > 0) yield lines[i];
    }
  }
}

/** Returns the cells of a row of a table (the tbl preprocessor of roff), separated by spaces. */
function cellsOf(line: string, separator: string): string {
  if (/^[.']/.test(line)) return line;
  return line.replaceAll(/T[{}]|^[_=]$/g, '').replaceAll(separator, ' ');
}

function countOf(text: string, part: string): number {
  return text.split(part).length - 1;
}

/** Returns the arguments of a macro. A quoted argument may have spaces, and `""` is a quote in it. */
function argumentsOf(text: string): string[] {
  const words = text.match(/"(?:[^"]|"")*"?|(?:\\.|\S)+/g) ?? [];
  return words.map((word) =>
    unescapeRoff(
      word.startsWith('"') ? word.slice(1).replace(/"$/, '').replaceAll('""', '"') : word,
    ),
  );
}

/** Characters by their names in groff, for names that manual pages use. */
const CHARACTERS: Readonly<Record<string, string>> = {
  ...{ '-': '-', hy: '-', em: '—', en: '–', mi: '-', bu: '•', co: '©', rg: '®', tm: '™', de: '°' },
  ...{ aq: "'", cq: '’', oq: '‘', lq: '“', rq: '”', dq: '"', ga: '`', ha: '^', ti: '~', rs: '\\' },
  ...{
    mu: '×',
    '+-': '±',
    '<=': '≤',
    '>=': '≥',
    '!=': '≠',
    '->': '→',
    '<-': '←',
    if: '∞',
    sc: '§',
  },
  ...{ "'e": 'é', '`e': 'è', "'a": 'á', '`a': 'à', ':a': 'ä', ':o': 'ö', ':u': 'ü', ss: 'ß' },
  ...{ ',c': 'ç', "'o": 'ó', "'i": 'í', '~n': 'ñ', oa: 'å', '/o': 'ø', 'r s': 'š' },
  ...{ Fo: '«', Fc: '»', at: '@', sl: '/' },
};
/** Predefined strings that pages and the macros of pod2man use. */
const STRINGS: Readonly<Record<string, string>> = {
  ...{ Aq: "'", lq: '“', rq: '”', 'C`': '"', "C'": '"', '--': '--', R: '®', Tm: '™', PI: 'pi' },
};

/** Plain text of escape sequences of one character after a backslash. Other such sequences are removed. */
const ESCAPED: Readonly<Partial<Record<string, string>>> = {
  ...{ e: '\\', '\\': '\\', '~': ' ', 0: ' ', ' ': ' ', t: '\t' },
  ...{ "'": "'", '`': '`', '.': '.', '-': '-' },
};
/** Matches one escape sequence: a letter and its arguments. */
const ESCAPE =
  /\\(?:[fFmM](?:\[([^\]]*)\]|\((..)|(.))|s(?:\[[^\]]*\]|[-+]?\(\d\d|[-+]?\d{1,2}|[-+]?'[^']*')|\*(?:\[([^\]]*)\]|\((..)|(.))|n[-+]?(?:\[[^\]]*\]|\(..|.)|\((..)|\[([^\]]*)\]|[hvwlLDoXbNxZ]'[^']*'|[kz].|(.)|$)/g;

/**
 * Returns the text of a line of a manual page: removes fonts and sizes and replaces named characters.
 *
 * @see groff(7)
 */
function unescapeRoff(line: string): string {
  return line.replaceAll(
    ESCAPE,
    (_, _font, _fontName, _fontLetter, string, stringName, stringLetter, pair, named, letter) => {
      const name = (string ?? stringName ?? stringLetter) as string | undefined; // groups of the pattern
      if (name !== undefined) return STRINGS[name] ?? '';
      const character = (pair ?? named) as string | undefined; // as above
      if (character !== undefined) return characterOf(character);
      return ESCAPED[(letter as string | undefined) ?? ''] ?? '';
    },
  );
}

function characterOf(name: string): string {
  const code = /^u([\dA-F]{4,6})$/.exec(name)?.[1];
  return code === undefined ? (CHARACTERS[name] ?? '') : String.fromCodePoint(parseInt(code, 16));
}
