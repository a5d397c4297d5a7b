import { type FormatFile, type Pair, type PairFormat, pairTable } from './format.js';
import { readMarkup } from './markup.js';
import { oneLine } from './tmx.js';

/** Elements whose content is code of the document that was translated, not text. */
const CODE = new Set(['bpt', 'ept', 'ph', 'it', 'ut']);

/** Whether an element holds other texts than the translation: suggestions, or what is between segments. */
const holdsOthers = (name: string): boolean =>
  /^(?:alt-trans|ignorable|(?:\w+:)?matches)$/.test(name);

/**
 * Texts under translation: `source` and `target` of each unit that has both, of versions 1.2 and 2.
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
  let pairs: Pair[] = [];
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
      take: () => {
        const taken = pairs;
        pairs = [];
        return taken;
      },
    },
  );
}
