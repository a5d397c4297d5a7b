import { type JsonField } from '../json-field.js';
import { wordEnd } from '../byte-pair-encoder.js';
import { type WorkBudget } from '../work-budget.js';
import { type FindMatches } from './linear-pattern.js';
import { nativePattern, readPattern } from './read-pattern.js';
import { readByType, readSteps } from './read-steps.js';
import { splitBehaviors, type SplitOptions, splitText } from './words.js';

/** Position of a part of a text, for pre-tokenizers. */
interface TextPlace {
  /** Whether the part is at the very beginning of the encoded text. */
  readonly isFirst: boolean;
  /** Whether the text continues another one, so that no space is added before it. */
  readonly continues: boolean;
  readonly budget: WorkBudget;
}

/** Splits a text into the words that a tokenizer's model encodes one by one. */
export interface PreTokenizer {
  readonly cut: (text: string, place: TextPlace) => string[];
  /** Whether the model spells words in GPT-2's byte alphabet, one character for each UTF-8 byte. */
  readonly isByteLevel: boolean;
}

type Cut = PreTokenizer['cut'];

/**
 * Reads the `pre_tokenizer` of a tokenizer.json.
 *
 * The library @huggingface/tokenizers is not used: it only recognizes ASCII digits, splits at punctuation and
 * words by other patterns than Hugging Face, and supports two of five split behaviors.
 *
 * @throws RangeError that names the field, if a step is unknown.
 */
export function readPreTokenizer(field: JsonField): PreTokenizer {
  const steps = readSteps(field, 'pretokenizers');
  const cuts = steps.map((step, at): Cut => {
    const isLast = at === steps.length - 1;
    if (step.field('type').value === 'ByteLevel' && !isLast) {
      throw step.field('type').error('another type, except in the last place');
    }
    return readByType(step, READERS);
  });
  return {
    isByteLevel: steps.at(-1)?.field('type').value === 'ByteLevel',
    cut: (text, place) =>
      cuts.reduce<string[]>(
        (words, cut) =>
          words.flatMap((word, at) => cut(word, at === 0 ? place : { ...place, isFirst: false })),
        [text],
      ),
  };
}

/** ASCII and Unicode punctuation. */
const PUNCTUATION = nativePattern(/[!-/:-@[-`{-~\p{P}]/gu);
const WHITE_SPACE = nativePattern(/\p{White_Space}/gu);
const DIGIT = nativePattern(/\p{N}/gu);
const DIGITS = nativePattern(/\p{N}+/gu);
/** Members of the character class `\w` in Rust; `WORDS` matches the same as Rust's `\w+|[^\w\s]+`. */
const WORD = String.raw`\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}`;
const WORDS = nativePattern(new RegExp(`[${WORD}]+|[^${WORD}\\p{White_Space}]+`, 'gu'));

const by =
  (find: FindMatches, options: SplitOptions): Cut =>
  (text, { budget }) =>
    splitText(text, find, options, budget);

const READERS: Readonly<Record<string, (field: JsonField) => Cut>> = {
  ByteLevel: readByteLevel,
  Metaspace: readMetaspace,
  Split: (field) =>
    by(readPattern(field.field('pattern')), {
      behavior: field.field('behavior').oneOf(...splitBehaviors),
      invert: field.flag('invert', false),
    }),
  Digits: (field) =>
    by(field.flag('individual_digits', false) ? DIGIT : DIGITS, { behavior: 'Isolated' }),
  Punctuation: (field) =>
    by(PUNCTUATION, {
      behavior: field.field('behavior').oneOf(...splitBehaviors, undefined) ?? 'Isolated',
    }),
  Whitespace: () => by(WORDS, { behavior: 'Removed', invert: true }),
  WhitespaceSplit: () => by(WHITE_SPACE, { behavior: 'Removed' }),
  BertPreTokenizer: () => {
    const [words, apart] = [
      by(WHITE_SPACE, { behavior: 'Removed' }),
      by(PUNCTUATION, { behavior: 'Isolated' }),
    ];
    return (text, place) => words(text, place).flatMap((word) => apart(word, place));
  },
};

/**
 * Reads the step `ByteLevel`: it splits a text into GPT-2's words, which the model spells in GPT-2's byte alphabet.
 */
function readByteLevel(field: JsonField): Cut {
  const hasPrefix = field.flag('add_prefix_space', true);
  const hasWords = field.flag('use_regex', true);
  return (text, { continues, isFirst, budget }) => {
    const isPrefixed = hasPrefix && !text.startsWith(' ') && !(continues && isFirst);
    if (isPrefixed) budget.grow(1);
    const whole = isPrefixed ? ` ${text}` : text;
    if (!hasWords) return whole === '' ? [] : [whole];
    const words: string[] = [];
    for (let start = 0, end = 0; start < whole.length; start = end) {
      end = wordEnd(whole, start, whole.length);
      words.push(whole.slice(start, end));
    }
    return words;
  };
}

/**
 * Reads the step `Metaspace`: it replaces blanks by `replacement`, SentencePiece's visible blank, and adds one before
 * the text.
 */
function readMetaspace(field: JsonField): Cut {
  const blank = field.field('replacement').string();
  if (Array.from(blank).length !== 1) throw field.field('replacement').error('one character');
  const before = readPrependScheme(field);
  const isCut = field.flag('split', true);
  const blanks = nativePattern(new RegExp(blank.replace(/[\\^$.*+?()[\]{}|]/, '\\$&'), 'gu'));
  return (text, { isFirst, continues, budget }) => {
    const spelled = text.replaceAll(' ', () => blank);
    const isPrefixed =
      !spelled.startsWith(blank) &&
      (before === 'always' || (before === 'first' && isFirst)) &&
      !(continues && isFirst);
    if (isPrefixed) budget.grow(1);
    const whole = isPrefixed ? blank + spelled : spelled;
    if (isCut) return splitText(whole, blanks, { behavior: 'MergedWithNext' }, budget);
    return whole === '' ? [] : [whole];
  };
}

/** Reads whether a blank is added before every text, the first text or none; old files have `add_prefix_space`. */
export function readPrependScheme(field: JsonField): 'always' | 'first' | 'never' {
  const scheme = field.field('prepend_scheme').oneOf('always', 'first', 'never', undefined);
  const old = field.field('add_prefix_space').oneOf(true, false, undefined);
  return scheme ?? (old === false ? 'never' : 'always');
}
