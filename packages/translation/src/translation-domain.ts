import type { Domain, Files, SettingTable } from '@ramble/core';
import {
  checkSettings,
  cutSource,
  pairExample,
  pairPrompt,
  readSavedSettings,
} from '@ramble/core/domain';
import { formatJson, shownText } from '@ramble/core/files';
import { spacedText, type Tokenizer, vocabularyOf } from '@ramble/tokenizers';

import {
  fieldOf,
  languagesOf,
  tagOf,
  TRANSLATION_OPTIONS,
  type TranslationOptions,
} from './language-tags.js';

/** The domain of texts and their translations. */
export interface TranslationDomain extends Domain<TranslationExample, TranslationPrompt, string> {
  readonly tokenizer: Tokenizer;
  readonly settings: TranslationSettings;
}

/**
 * Makes the domain of translation from a tokenizer. An example is encoded as `source <2fr> target <|endoftext|>`, in
 * one vocabulary. The tag selects the target language, so one model may translate into several languages, and in both
 * directions.
 *
 * Texts are encoded with a space in front, which decoding removes. A word is then the same token at the beginning of
 * a text and inside.
 *
 * @param tokenizer - Tokenizer with a special token `<2xx>` for each language.
 * @see Johnson et al. 2017 (tags), https://arxiv.org/abs/1611.04558
 * @see Kudo and Richardson 2018, section 3.2 (the space), https://arxiv.org/abs/1808.06226
 */
export function translationDomain(
  tokenizer: Tokenizer,
  settings: TranslationSettings,
): TranslationDomain {
  const { endOfText: end, specialTokens } = tokenizer;
  const { sourceLoss, bothDirections, longPairs } = settings;
  const { encode, decode } = spacedText(tokenizer);
  const separatorOf = ({
    to = settings.to,
    place,
  }: Pick<TranslationExample, 'to' | 'place'>): number => {
    const id = specialTokens.get(tagOf(to));
    if (id !== undefined) return id;
    const languages = languagesOf(tokenizer).join(', ');
    throw new RangeError(
      `${fieldOf('to', place)}: expected one of ${languages}, got ${shownText(to)}`,
    );
  };
  return {
    name: 'translation',
    tokenizer,
    settings,
    vocabulary: vocabularyOf(tokenizer),
    stopTokens: [end],
    encodeExample: ({ source, target, to, place }) =>
      pairExample(
        {
          source: encode(source),
          separator: separatorOf({ to, place }),
          target: encode(target),
          end,
        },
        { sourceLoss },
      ),
    encodePrompt: ({ source, to, beginning }) =>
      pairPrompt(
        { source: encode(source), separator: separatorOf({ to }) },
        beginning === undefined ? [] : encode(beginning),
      ),
    decodeOutput: decode,
    encodeOutput: (output) => [...encode(output), end],
    ...(bothDirections && {
      augment: (example, random) => (random.uniform(0) < 0.5 ? example : turn(example, settings)),
    }),
    ...(longPairs !== 'refuse' && {
      segments: (example, contextLength) =>
        longPairs === 'cut' ? [cutSource(example, contextLength) ?? []].flat() : [],
    }),
    cutPrompt: cutSource,
    cutRule: 'head',
  };
}

/** Swaps source and target of an example, and their languages. */
function turn(
  { source, target, from, to }: TranslationExample,
  settings: TranslationSettings,
): TranslationExample {
  return {
    source: target,
    target: source,
    from: to ?? settings.to,
    to: from ?? settings.from,
  };
}

/** A text and its translation. */
export interface TranslationExample {
  readonly source: string;
  readonly target: string;
  /**
   * Source language (`from`) and target language (`to`) of the pair, such as `en`, if they differ from the domain's.
   */
  readonly from?: string;
  readonly to?: string;
  /** Place of the example in its file, for errors: `pairs.jsonl line 3`. */
  readonly place?: string;
}

/** A text to translate. */
export interface TranslationPrompt {
  readonly source: string;
  /** Target language, if it differs from the domain's. */
  readonly to?: string;
  /** Beginning of the translation. */
  readonly beginning?: string;
}

/** Settings that a run stores in addition to the tokenizer. */
export interface TranslationSettings extends Pick<
  TranslationOptions,
  'bothDirections' | 'sourceLoss' | 'longPairs'
> {
  /** Source language of pairs and prompts that do not name one. */
  readonly from: string;
  readonly to: string;
}

const SETTINGS_FILE = 'translation.json';
const { bothDirections, sourceLoss, longPairs } = TRANSLATION_OPTIONS;
const SETTINGS: SettingTable<TranslationSettings> = {
  from: { kind: 'string', description: 'Language of the source.' },
  to: { kind: 'string', description: 'Language of the target.' },
  bothDirections: { ...bothDirections, default: undefined },
  sourceLoss: { ...sourceLoss, default: undefined },
  longPairs: { ...longPairs, default: undefined },
};

export function saveSettings(settings: TranslationSettings): Files {
  return { [SETTINGS_FILE]: formatJson(settings) };
}

/**
 * Reads and checks the saved settings of the domain.
 *
 * @param languages - Languages for which the tokenizer has a tag.
 * @throws Error that names the file, if it is missing or malformed.
 */
export function loadSettings(files: Files, languages: readonly string[]): TranslationSettings {
  return readSavedSettings(files, SETTINGS_FILE, (fields) => {
    const settings = checkSettings(SETTINGS, fields);
    if (languages.includes(settings.to)) return settings;
    throw new Error(`to: expected one of ${languages.join(', ')}, got ${shownText(settings.to)}`);
  });
}
