import { shownText, splitLines } from '@ramble/core/files';

import { type FormatFile, type Pair, type PairFormat, pairTable } from './format.js';
import { decodeDeclared } from './markup.js';

/** An entry of a message catalogue; `msgstr` has the translations by the number of the plural form. */
interface Entry {
  readonly isFuzzy: boolean;
  readonly msgid: string;
  readonly plural?: string;
  readonly msgstr: readonly string[];
}

/**
 * Message catalogues of GNU gettext: `source` and `target` of each entry that is translated and not fuzzy. If
 * an entry has plural forms, the first and the last are read.
 *
 * @see https://www.gnu.org/software/gettext/manual/html_node/PO-Files.html
 */
export const PO: PairFormat = {
  name: 'a message catalogue (PO)',
  extensions: ['.po', '.pot'],
  magic: /^(?:\xef\xbb\xbf|\ufeff)?(?:#[^\n]*\n|\s)*msg(?:id|ctxt)\s*"/,
  isText: true,
  remedy: 'ramble translation learns from it',
  gives: 'pairs',
  rows: (file) => Promise.resolve(pairTable(() => poPairs(file))),
};

async function* poPairs(file: FormatFile): AsyncGenerator<Pair> {
  for await (const entry of poEntries(file)) yield* pairsOf(entry);
}

function pairsOf({ isFuzzy, msgid, plural, msgstr }: Entry): Pair[] {
  if (isFuzzy || msgid === '') return []; // the entry with the empty text is the header
  const last = msgstr.at(-1) ?? '';
  const pairs: Pair[] =
    plural === undefined || msgstr.length > 1
      ? [{ source: msgid, target: msgstr.at(0) ?? '' }]
      : [];
  if (plural !== undefined) pairs.push({ source: plural, target: last });
  return pairs.filter(({ target }) => target !== '');
}

const LINE = /^(?:(msgctxt|msgid_plural|msgid|msgstr)(?:\[(\d{1,2})\])?\s*)?"((?:[^"\\]|\\.)*)"$/;

/** Returns the charset that the header declares. The header is the translation of the empty text. */
function poCharset(start: string): string | undefined {
  const header =
    /^msgid[ \t]*""\s+msgstr\s*(?:"(?:[^"\\\n]|\\.)*"\s*)*?"(?:[^"\\\n]|\\.)*?Content-Type:[^"\n]*?\bcharset=([\w.:-]+)/im;
  return header.exec(start)?.[1];
}

async function* poEntries(file: FormatFile): AsyncGenerator<Entry> {
  let number = 0;
  let isFuzzy = false;
  let texts = new Map<string, string>();
  let key: string | undefined;
  const finished = (): Entry[] => {
    const done = texts;
    const msgid = done.get('msgid');
    const entry = msgid !== undefined && {
      isFuzzy,
      msgid,
      plural: done.get('msgid_plural'),
      msgstr: [...done].filter(([name]) => name.startsWith('msgstr')).map(([, text]) => text),
    };
    [texts, key, isFuzzy] = [new Map<string, string>(), undefined, false];
    return entry ? [entry] : [];
  };
  for await (const raw of splitLines(decodeDeclared(file, poCharset))) {
    number++;
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) {
      if (texts.has('msgid')) yield* finished();
      if (/^#,.*\bfuzzy\b/.test(line)) isFuzzy = true;
      continue;
    }
    const found = LINE.exec(line);
    const [, word, index = '', quoted = ''] = (found ?? []) as (string | undefined)[];
    if (!found || (word === undefined && key === undefined)) {
      throw new Error(
        `${file.name} line ${number}: expected msgid, msgstr or a quoted text of PO, got ${shownText(line)}`,
      );
    }
    const begins = word === 'msgctxt' || word === 'msgid';
    if (begins && texts.has('msgid')) yield* finished();
    key = word === undefined ? key : word + index;
    if (key !== undefined) texts.set(key, (texts.get(key) ?? '') + unescaped(quoted));
  }
  yield* finished();
}

const ESCAPES: Readonly<Record<string, string>> = {
  ...{ n: '\n', t: '\t', r: '\r', a: '\x07', b: '\b', f: '\f', v: '\v' },
};

/** Replaces C escape sequences. */
function unescaped(text: string): string {
  return text.replace(/\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|(.))/g, (_, ...groups) => {
    const [octal, hex, letter = ''] = groups as (string | undefined)[];
    if (octal !== undefined) return String.fromCharCode(parseInt(octal, 8));
    if (hex !== undefined) return String.fromCharCode(parseInt(hex, 16));
    return Object.hasOwn(ESCAPES, letter) ? ESCAPES[letter] : letter;
  });
}
