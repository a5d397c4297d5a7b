import {
  cutSource,
  type Domain,
  pairExample,
  pairPrompt,
  type TokenExample,
  type TokenPrompt,
} from '@ramble/core';
import { shownText } from '@ramble/core/files';
import { spacedText, type Tokenizer } from '@ramble/tokenizers';

import { fieldOf, languagesOf, tagOf } from './language-tags.js';
import type { TranslationExample, TranslationPrompt } from './translation-example.js';
import type { TranslationSettings } from './translation-settings.js';

/** Texts to translate, translations. */
export interface TranslationDomain extends Domain<TranslationExample, TranslationPrompt, string> {
  readonly tokenizer: Tokenizer;
  readonly settings: TranslationSettings;
}

/**
 * Pairs as `source <2fr> target <|endoftext|>`, in one vocabulary. The tag says which language is
 * asked for, so one model may know several, and both directions.
 *
 * Texts are encoded with a space in front, which decoding takes away again: a word is the same token
 * at the beginning of a text and within it.
 *
 * @param tokenizer - With a special token `<2xx>` for each language.
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
    vocabulary: { size: tokenizer.vocabSize, describe: (id) => tokenizer.describe(id) },
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
      segments: (example, contextLength) => {
        const cut = longPairs === 'cut' ? cutSource(withStart(example), contextLength) : undefined;
        return cut === undefined ? [] : [cut];
      },
    }),
    cutPrompt: (prompt, room) => cutSource(withStart(prompt), room),
    cutRule: 'head',
  };
}

/** The other way round. */
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

/** Every pair of this domain says where its output begins. */
function withStart<T extends TokenExample | TokenPrompt>(pair: T): T & { outputStart: number } {
  return { ...pair, outputStart: pair.outputStart ?? pair.tokens.length };
}
