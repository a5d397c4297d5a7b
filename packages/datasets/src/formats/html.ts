import type { FormatFile, TextFormat } from './format.js';
import { type MarkupKind, readMarkup, textLayout } from './markup.js';

/**
 * Elements that contain no text for readers. `head` is not one of them, because its end tag is optional; the
 * elements with text inside `head` are.
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

/** Elements in a drawing or a formula whose HTML text is shown. */
const INTEGRATION_POINTS = new Set(
  'foreignobject desc annotation-xml mi mo mn ms mtext'.split(' '),
);
const FOREIGN_ENDS = new Set(
  (
    'b big blockquote body br center code dd div dl dt em embed h1 h2 h3 h4 h5 h6 head hr i img li listing menu ' +
    'meta nobr ol p pre ruby s small span strong strike sub sup table tt u ul var'
  ).split(' '),
);
/**
 * Tags that end an element whose own end tag is missing. No tag ends an unclosed `noscript`: browsers that run scripts
 * hide the rest of the page.
 *
 * @see https://html.spec.whatwg.org/multipage/parsing.html#parsing-main-inforeign
 */
const ENDS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['svg', FOREIGN_ENDS],
  ['math', FOREIGN_ENDS],
  ['select', new Set('select input textarea td th tr tbody thead tfoot caption'.split(' '))],
]);

/** Web pages, read as the text that a browser would show. */
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
  const hidden = hiddenElements(kind);
  let verbatim = 0;
  const separate = (name: string): void => {
    if (PARAGRAPHS.has(name)) layout.paragraph();
    else if (LINES.has(name)) layout.line();
    else if (name === 'td' || name === 'th') layout.cell();
  };
  return readMarkup(file, kind, {
    open: (name) => {
      hidden.open(name);
      if (name === 'pre') verbatim++;
      separate(name);
    },
    text: (text) => {
      if (hidden.count() > 0) return;
      if (verbatim > 0) layout.verbatim(text);
      else layout.text(text);
    },
    close: (name) => {
      hidden.close(name);
      if (name === 'pre') verbatim--;
      separate(name);
    },
    take: layout.take,
  });
}

/**
 * Tracks the open elements that hide their text. In HTML, end tags may be missing, so other tags end some of
 * them.
 */
function hiddenElements({ root }: MarkupKind): {
  readonly count: () => number;
  readonly open: (name: string) => void;
  readonly close: (name: string) => void;
} {
  const names: string[] = [];
  return {
    count: () => names.length,
    open: (name) => {
      while (root === undefined && ENDS.get(names.at(-1) ?? '')?.has(name) === true) names.pop();
      if (HIDDEN.has(name) || (names.length > 0 && INTEGRATION_POINTS.has(name))) names.push(name);
    },
    close: (name) => {
      // The parser also closes elements that another tag has already ended here.
      const place = names.lastIndexOf(name);
      if (place >= 0) names.length = place;
    },
  };
}
