import type { TableRows } from '../tables/table-rows.js';
import { type FormatFile, type Pair, type PairFormat, pairTable } from './format.js';
import { readMarkup } from './markup.js';

/** The translations of one text, by language. */
type Unit = ReadonlyMap<string, string>;

/** Elements with markup of the translated document instead of text. */
const CODE = new Set(['bpt', 'ept', 'ph', 'it', 'ut']);

/**
 * Translation memories, read as a table with a column for each language, `en` or `pt-BR`, the source language
 * first.
 *
 * @see TMX 1.4b, https://www.gala-global.org/tmx-14b
 */
export const TMX: PairFormat = {
  name: 'a translation memory (TMX)',
  extensions: ['.tmx'],
  magic:
    /^(?:\xef\xbb\xbf|\ufeff)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--(?:(?!-->)[^])*-->\s*|<!DOCTYPE[^>]*>\s*)*<tmx\b/,
  isText: true,
  remedy: 'ramble translation learns from it',
  gives: 'pairs',
  rows: tmxRows,
};

async function tmxRows(file: FormatFile): Promise<TableRows> {
  const counts = new Map<string, number>();
  let source: string | undefined;
  const onSource = (language: string): void => void (source = language);
  for await (const unit of tmxUnits(file, onSource)) {
    for (const language of unit.keys()) counts.set(language, (counts.get(language) ?? 0) + 1);
  }
  const weight = (language: string): number =>
    language === source ? Infinity : (counts.get(language) ?? 0);
  return {
    columns: [...counts.keys()].sort((a, b) => weight(b) - weight(a)),
    linesBefore: 0,
    rows: async function* (columns) {
      for await (const unit of tmxUnits(file)) yield columns.map((column) => unit.get(column));
    },
  };
}

/**
 * Reads the translation units of a TMX file.
 *
 * @param onSource - Called with the source language that the header names, if it names one.
 */
function tmxUnits(
  file: FormatFile,
  onSource: (language: string) => void = () => undefined,
): AsyncGenerator<Unit> {
  const units: Unit[] = [];
  let unit = new Map<string, string>();
  let [language, text, code] = ['', '', 0];
  let isSegment = false;
  return readMarkup(
    file,
    { root: 'tmx' },
    {
      open: (name, attributes) => {
        const {
          srclang,
          lang = '',
          'xml:lang': named = lang,
        } = attributes as Partial<Record<string, string>>;
        if (name === 'header' && srclang !== undefined) onSource(column(srclang));
        if (name === 'tu') unit = new Map();
        if (name === 'tuv') language = column(named);
        if (name === 'seg') [isSegment, text, code] = [true, '', 0];
        if (CODE.has(name)) code++;
      },
      text: (part) => {
        if (isSegment && code === 0) text += part;
      },
      close: (name) => {
        if (CODE.has(name)) code--;
        if (name === 'seg') {
          isSegment = false;
          if (language !== '' && !unit.has(language)) unit.set(language, oneLine(text));
        }
        if (name === 'tu') units.push(unit);
      },
      take: () => units.splice(0),
    },
  );
}

/** Returns the name of a language's column, such as `en` or `en-GB`, with the language in lower case. */
function column(language: string): string {
  return language.replace(/^[A-Za-z]+/, (letters) => letters.toLowerCase());
}

/** Replaces the line breaks of a text by spaces. */
function oneLine(text: string): string {
  const lines = text.split(/[\r\n]+/).map((line) => line.trim()); // in linear time
  return lines.filter((line) => line !== '').join(' ');
}

/** Whether an element contains texts that are not the translation: suggestions, or text between segments. */
const holdsOthers = (name: string): boolean =>
  /^(?:alt-trans|ignorable|(?:\w+:)?matches)$/.test(name);

/**
 * XLIFF files of versions 1.2 and 2: `source` and `target` of each unit that has both.
 *
 * @see XLIFF 1.2, section 2, and 2.1, section 4, https://docs.oasis-open.org/xliff/
 */
export const XLIFF: PairFormat = {
  name: 'an XLIFF file',
  extensions: ['.xlf', '.xliff', '.sdlxliff', '.mqxliff'],
  magic:
    /^(?:\xef\xbb\xbf|\ufeff)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--(?:(?!-->)[^])*-->\s*|<!DOCTYPE[^>]*>\s*)*<xliff\b/,
  isText: true,
  remedy: 'ramble translation learns from it',
  gives: 'pairs',
  rows: (file) => Promise.resolve(pairTable(() => xliffPairs(file))),
};

function xliffPairs(file: FormatFile): AsyncGenerator<Pair> {
  const pairs: Pair[] = [];
  let texts: { source?: string; target?: string } = {};
  let part: 'source' | 'target' | undefined;
  let [text, code, others] = ['', 0, 0];
  return readMarkup(
    file,
    { root: 'xliff' },
    {
      open: (name) => {
        if (holdsOthers(name)) others++;
        if (name === 'trans-unit' || name === 'segment') texts = {};
        if (CODE.has(name)) code++;
        if (others === 0 && (name === 'source' || name === 'target')) {
          [part, text, code] = [name, '', 0];
        }
      },
      text: (content) => {
        if (part && code === 0 && others === 0) text += content;
      },
      close: (name) => {
        if (holdsOthers(name)) others--;
        if (CODE.has(name)) code--;
        if (part && name === part) {
          texts[part] = oneLine(text);
          part = undefined;
        }
        const isUnit = name === 'trans-unit' || name === 'segment';
        const { source = '', target = '' } = texts;
        if (isUnit && others === 0 && source !== '' && target !== '') {
          pairs.push({ source, target });
        }
      },
      take: () => pairs.splice(0),
    },
  );
}
