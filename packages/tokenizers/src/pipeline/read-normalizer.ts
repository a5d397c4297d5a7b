import { type JsonField } from '../json-field.js';
import { type WorkBudget } from '../work-budget.js';
import {
  huggingFace,
  type LibraryNormalizer,
  readPattern,
  replaceMatches,
} from './read-pattern.js';
import { readByType, readSteps } from './read-steps.js';

/** Options of normalizing a text. */
interface NormalizeOptions {
  /** Whether the text continues another one, so that nothing is added before it. */
  readonly continues: boolean;
  readonly budget: WorkBudget;
}

/**
 * Rewrites a text before pre-tokenization.
 *
 * @throws RangeError if the text grows too much, or an expression takes too long.
 */
export type Normalize = (text: string, options: NormalizeOptions) => string;

/**
 * Reads the `normalizer` of a tokenizer.json. The steps `Precompiled` and `StripAccents` use @huggingface/tokenizers,
 * whose `Precompiled` is an approximation (NFKC and a few characters).
 *
 * @throws RangeError that names the field, if a step is unknown or adds too much to a text.
 */
export function readNormalizer(field: JsonField): Normalize {
  const steps = readSteps(field, 'normalizers').map((step) => readByType(step, READERS));
  return (text, options) => steps.reduce((each, normalize) => normalize(each, options), text);
}

const unicode = (form: string) => (): Normalize => counted((text) => text.normalize(form));
const ofLibrary = (make: new (settings: unknown) => LibraryNormalizer) => (field: JsonField) => {
  const normalizer = new make(field.value);
  return counted((text) => normalizer.normalize(text));
};

const READERS: Readonly<Record<string, (field: JsonField) => Normalize>> = {
  Prepend: (field) => {
    const prefix = field.field('prepend').string(MAX_ADDITION);
    return (text, { continues, budget }) => {
      if (continues || text === '') return text;
      budget.grow(prefix.length);
      return prefix + text;
    };
  },
  Replace: (field) => {
    const find = readPattern(field.field('pattern'));
    const content = field.field('content').string(MAX_ADDITION);
    return (text, { budget }) => replaceMatches(text, find, content, budget);
  },
  Lowercase: () => counted(toLowercase),
  BertNormalizer: readBert,
  Strip: (field) => {
    const [left, right] = [field.flag('strip_left', true), field.flag('strip_right', true)];
    return (text) => strip(text, left, right);
  },
  StripAccents: ofLibrary(huggingFace.StripAccentsNormalizer),
  Precompiled: ofLibrary(huggingFace.PrecompiledNormalizer),
  ...{ NFC: unicode('NFC'), NFD: unicode('NFD'), NFKC: unicode('NFKC'), NFKD: unicode('NFKD') },
};

/** Maximum length of a text that a step adds, such as a prefix; a step adds it at most once per character. */
export const MAX_ADDITION = 1000;

/** Makes a step that counts the growth of the text in the budget. */
function counted(change: (text: string) => string): Normalize {
  return (text, { budget }) => {
    const changed = change(text);
    budget.grow(changed.length - text.length);
    return changed;
  };
}

/**
 * Converts to lower case as Rust does for single characters: a sigma at the end of a word has no special
 * form.
 */
function toLowercase(text: string): string {
  return text
    .split('Σ')
    .map((part) => part.toLowerCase())
    .join('σ');
}

/** Removes white space. Unlike JavaScript's `trim`, it keeps U+FEFF. */
function strip(text: string, left: boolean, right: boolean): string {
  let [from, to] = [0, text.length];
  while (left && from < to && WHITE_SPACE.test(text[from])) from++;
  while (right && from < to && WHITE_SPACE.test(text[to - 1])) to--;
  return text.slice(from, to);
}

/** Matches a white space character; each is one UTF-16 unit. */
const WHITE_SPACE = /\p{White_Space}/u;

/**
 * BERT's normalizer: removes control characters, replaces white space by blanks, puts blanks around Chinese
 * characters, removes accents, converts to lower case.
 *
 * @see google-research/bert tokenization.py
 */
function readBert(field: JsonField): Normalize {
  const [isClean, hasApart, isLower] = ['clean_text', 'handle_chinese_chars', 'lowercase'].map(
    (name) => field.flag(name, true),
  );
  const isStripped = field.field('strip_accents').oneOf(true, false, null, undefined) ?? isLower;
  return counted((text) => {
    let changed = text;
    if (isClean) changed = changed.replace(REMOVED, '').replace(BLANKS, ' ');
    if (hasApart) changed = changed.replace(CHINESE, ' $& ');
    if (isStripped) changed = changed.normalize('NFD').replace(/\p{Mn}/gu, '');
    return isLower ? toLowercase(changed) : changed;
  });
}

const REMOVED = /(?![\t\n\r])[\p{Cc}\p{Cf}\p{Co}\ufffd]/gu;
const BLANKS = /\p{White_Space}/gu;
const CHINESE =
  /[\u4e00-\u9fff\u3400-\u4dbf\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b920}-\u{2ceaf}\uf900-\ufaff\u{2f800}-\u{2fa1f}]/gu;
