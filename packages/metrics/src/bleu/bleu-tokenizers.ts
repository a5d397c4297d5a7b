import { splitWords, trim, unescapeXml } from '../text/words.js';

/** Name of a function that splits a line into the words whose n-grams BLEU counts. */
export type BleuTokenizer = keyof typeof BLEU_TOKENIZERS;

/**
 * sacreBLEU's tokenizers by name. `13a` is mteval-v13a.pl's tokenizer, which WMT uses; `intl` is
 * mteval-v14.pl's, for all writing systems; `zh` is for Chinese; `char` takes each character as a
 * word; `none` splits at white space only.
 */
export const BLEU_TOKENIZERS = {
  '13a': tokenize13a,
  intl: tokenizeInternational,
  zh: tokenizeChinese,
  char: (line: string): string[] => splitWords(Array.from(line).join(' ')),
  none: splitWords,
} as const;

function tokenize13a(line: string): string[] {
  const joined = line.replaceAll('<skipped>', '').replaceAll('-\n', '').replaceAll('\n', ' ');
  return tokenizeWestern(` ${unescapeXml(joined)} `);
}

/** Separates punctuation, except periods and commas between digits and dashes that do not follow a digit. */
function tokenizeWestern(line: string): string[] {
  return splitWords(
    line
      .replace(/[{-~[-` -&(-+:-@/]/g, ' $& ')
      .replace(/([^0-9])([.,])/g, '$1 $2 ')
      .replace(/([.,])([^0-9])/g, ' $1 $2')
      .replace(/([0-9])(-)/g, '$1 $2 '),
  );
}

/** Separates symbols, and punctuation that is not between digits. */
function tokenizeInternational(line: string): string[] {
  return splitWords(
    line
      .replace(/(\P{N})(\p{P})/gu, '$1 $2 ')
      .replace(/(\p{P})(\P{N})/gu, ' $1 $2')
      .replace(/\p{S}/gu, ' $& '),
  );
}

/**
 * Chinese characters by sacreBLEU's table. Because of how the table writes characters above U+FFFF, it also matches
 * U+2001 to U+2A6D, which are punctuation and symbols.
 */
const CHINESE = new RegExp(
  '[\\u2001-\\u2a6d\\u2e80-\\u2fdf\\u2ff0-\\u303f\\u3100-\\u312f\\u31a0-\\u31bf\\u31c0-\\u31ef' +
    '\\u3200-\\u4db5\\u4e00-\\u9fbb\\uf900-\\ufa2d\\ufa30-\\ufa6a\\ufa70-\\ufad9' +
    '\\ufe10-\\ufe1f\\ufe30-\\ufe4f\\uff00-\\uffef]',
  'g',
);

function tokenizeChinese(line: string): string[] {
  return tokenizeWestern(trim(line).replace(CHINESE, ' $& '));
}
