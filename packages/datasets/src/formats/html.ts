import type { FormatFile, TextFormat } from './format.js';
import { type MarkupKind, readMarkup } from './markup.js';
import { textLayout } from './text-layout.js';

/**
 * Elements that hold no text for readers. `head` is none of them, because its end tag is optional: the elements
 * that hold text in it are.
 */
const HIDDEN = new Set(
  'title script style template noscript svg math canvas iframe object audio video select textarea noframes'.split(
    ' ',
  ),
);
const PARAGRAPHS = new Set(
  'p h1 h2 h3 h4 h5 h6 blockquote pre ul ol dl table figure section article hr'.split(' '),
);
const LINES = new Set(
  (
    'address aside body caption center dd details dialog div dt fieldset figcaption footer form header ' +
    'html legend li main menu nav summary tbody tfoot thead tr br'
  ).split(' '),
);

/** Web pages: the text that a browser would show. */
export const HTML: TextFormat = {
  name: 'a web page (HTML)',
  extensions: ['.html', '.htm', '.xhtml'],
  magic:
    /^(?:\xef\xbb\xbf|\ufeff)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--(?:(?!-->)[^])*-->\s*)*<(?:!doctype html|html[\s>])/i,
  isText: true,
  remedy: 'only its text could be read: ramble text learns from web pages',
  gives: 'text',
  text: (file) => htmlText(file, {}),
};

/**
 * Reads the text of HTML, or of XHTML with `root` as its outermost element: paragraphs, headings and lists
 * with an empty line between them, cells of a table with a tab.
 */
export function htmlText(
  file: Pick<FormatFile, 'name' | 'chunks'>,
  kind: MarkupKind,
): AsyncGenerator<string> {
  const layout = textLayout();
  let [hidden, verbatim] = [0, 0];
  const separate = (name: string): void => {
    if (PARAGRAPHS.has(name)) layout.paragraph();
    else if (LINES.has(name)) layout.line();
    else if (name === 'td' || name === 'th') layout.cell();
  };
  return readMarkup(file, kind, {
    open: (name) => {
      if (HIDDEN.has(name)) hidden++;
      if (name === 'pre') verbatim++;
      separate(name);
    },
    text: (text) => {
      if (hidden > 0) return;
      if (verbatim > 0) layout.verbatim(text);
      else layout.text(text);
    },
    close: (name) => {
      if (HIDDEN.has(name)) hidden--;
      if (name === 'pre') verbatim--;
      separate(name);
    },
    take: layout.take,
  });
}
