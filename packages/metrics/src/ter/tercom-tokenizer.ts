import { splitWords } from '../text/python-text.js';

/** The options of Tercom's tokenizer for TER. */
export interface TercomOptions {
  /** Separates punctuation and replaces XML's names of characters; default false. */
  readonly normalized?: boolean;
  /** Leaves punctuation out; default false. */
  readonly noPunct?: boolean;
  /**
   * Whether to treat Chinese and Japanese specially: `normalized` splits them into characters,
   * `noPunct` removes their punctuation; default false.
   */
  readonly asianSupport?: boolean;
  /** Upper and lower case differ; default false. */
  readonly caseSensitive?: boolean;
}

const ASIAN_PUNCTUATION = /[\u3001\u3002\u3008-\u3011\u3014-\u301f\uff61-\uff65\u30fb]/g;
const FULL_WIDTH_PUNCTUATION = /[\uff0e\uff0c\uff1f\uff1a\uff1b\uff01\uff02\uff08\uff09]/g;

/** The words of a text. */
export function tercomWords(text: string, options: TercomOptions): string[] {
  const { normalized, noPunct, asianSupport, caseSensitive } = options;
  let words = caseSensitive ? text : text.toLowerCase();
  if (normalized) {
    words = normalizeWestern(words);
    if (asianSupport) words = normalizeAsian(words);
  }
  if (noPunct) {
    words = words.replace(/[.,?:;!"()]/g, '');
    if (asianSupport) {
      words = words.replace(ASIAN_PUNCTUATION, '').replace(FULL_WIDTH_PUNCTUATION, '');
    }
  }
  return splitWords(words);
}

function normalizeWestern(text: string): string {
  const joined = text
    .replaceAll('\n-', '')
    .replaceAll('\n', ' ')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>');
  return ` ${joined} `
    .replace(/[{-~[-` -&(-+:-@/]/g, ' $& ')
    .replaceAll("'s ", " 's ")
    .replace(/([^0-9])([.,])/g, '$1 $2 ')
    .replace(/([.,])([^0-9])/g, ' $1 $2')
    .replace(/([0-9])(-)/g, '$1 $2 ');
}

/**
 * Cuts ideographs and signs into characters. sacreBLEU's rules for kana look for them at the beginning
 * of the text, which is a blank by then, and so do nothing.
 */
function normalizeAsian(text: string): string {
  return text
    .replace(
      /[\u2e80-\u2eff\u31c0-\u31ef\u3200-\u4dbf\u4e00-\u9fff\uf900-\ufaff\ufe30-\ufe4f]/g,
      ' $& ',
    )
    .replace(ASIAN_PUNCTUATION, ' $& ')
    .replace(FULL_WIDTH_PUNCTUATION, ' $& ');
}
