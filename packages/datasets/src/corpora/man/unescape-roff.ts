/** Characters by their names in groff, as far as manual pages use them. */
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
  ...{
    "'e": 'é',
    '`e': 'è',
    "'a": 'á',
    '`a': 'à',
    ':a': 'ä',
    ':o': 'ö',
    ':u': 'ü',
    ss: 'ß',
    ',c': 'ç',
  },
  ...{
    "'o": 'ó',
    "'i": 'í',
    '~n': 'ñ',
    oa: 'å',
    '/o': 'ø',
    'r s': 'š',
    Fo: '«',
    Fc: '»',
    at: '@',
    sl: '/',
  },
};
/** Strings that pages and the macros of pod2man define. */
const STRINGS: Readonly<Record<string, string>> = {
  ...{ Aq: "'", lq: '“', rq: '”', 'C`': '"', "C'": '"', '--': '--', R: '®', Tm: '™', PI: 'pi' },
};

/** One escape sequence: a letter and what belongs to it. */
const ESCAPE =
  /\\(?:[fFmM](?:\[([^\]]*)\]|\((..)|(.))|s(?:\[[^\]]*\]|[-+]?\(\d\d|[-+]?\d{1,2}|[-+]?'[^']*')|\*(?:\[([^\]]*)\]|\((..)|(.))|n[-+]?(?:\[[^\]]*\]|\(..|.)|\((..)|\[([^\]]*)\]|[hvwlLDoXbNxZ]'[^']*'|[kz].|(.)|$)/g;

/**
 * The text of a line of a manual page, its escape sequences read: fonts and sizes go, characters by
 * name come.
 *
 * @see groff(7)
 */
export function unescapeRoff(line: string): string {
  return line.replaceAll(
    ESCAPE,
    (_, _font, _fontName, _fontLetter, string, stringName, stringLetter, pair, named, letter) => {
      const name = (string ?? stringName ?? stringLetter) as string | undefined; // groups of the pattern
      if (name !== undefined) return STRINGS[name] ?? '';
      const character = (pair ?? named) as string | undefined; // as above
      if (character !== undefined) return characterOf(character);
      return plainEscape((letter as string | undefined) ?? '');
    },
  );
}

function characterOf(name: string): string {
  const code = /^u([\dA-F]{4,6})$/.exec(name)?.[1];
  return code === undefined ? (CHARACTERS[name] ?? '') : String.fromCodePoint(parseInt(code, 16));
}

/** What a letter after a backslash stands for: spaces, the character itself, or nothing. */
function plainEscape(letter: string): string {
  switch (letter) {
    case 'e':
    case '\\':
      return '\\';
    case '~':
    case '0':
    case ' ':
      return ' ';
    case 't':
      return '\t';
    case "'":
    case '`':
    case '.':
    case '-':
      return letter;
    default:
      return '';
  }
}
