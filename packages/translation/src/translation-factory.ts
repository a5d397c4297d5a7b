import type { DomainFactory } from '@ramble/core';
import { checkSettings } from '@ramble/core/domain';
import { loadTokenizer, trainBpe } from '@ramble/tokenizers';

import {
  checkLanguage,
  fieldOf,
  languagesOf,
  tagOf,
  TRANSLATION_OPTIONS,
  type TranslationOptions,
} from './language-tags.js';
import {
  loadSettings,
  saveSettings,
  type TranslationDomain,
  translationDomain,
  type TranslationExample,
  type TranslationSettings,
} from './translation-domain.js';

/**
 * Makes translation domains. It learns byte pairs from the sources and targets of the data, and finds the data's
 * languages.
 */
export const translationFactory: DomainFactory<
  TranslationDomain,
  TranslationExample,
  TranslationOptions
> = {
  fit: async (examples, { bpeVocabSize, ...options }) => {
    const texts: string[] = [];
    const { specialTokens, settings } = await findLanguages(examples, options, (...pair) => {
      texts.push(...pair.map((text) => ` ${text}`)); // as they are encoded
    });
    const tokenizer = await trainBpe(texts, { vocabSize: bpeVocabSize, specialTokens });
    return translationDomain(tokenizer, settings);
  },

  adapt: async (files, examples, given) => {
    const tokenizer = await loadTokenizer(files);
    const options = {
      ...checkSettings(TRANSLATION_OPTIONS, given),
      bpeVocabSize: tokenizer.vocabSize,
    };
    const { specialTokens, settings } = await findLanguages(examples, options);
    const domain = translationDomain(tokenizer.withSpecialTokens(specialTokens), settings);
    return { domain, options };
  },

  save: ({ tokenizer, settings }) => ({ ...tokenizer.save(), ...saveSettings(settings) }),

  load: async (files) => {
    const tokenizer = await loadTokenizer(files);
    return translationDomain(tokenizer, loadSettings(files, languagesOf(tokenizer)));
  },
};

/**
 * Finds the languages of the data, which determine the tags of the tokenizer.
 *
 * @param onPair - Called with both sides of each pair.
 */
async function findLanguages(
  examples: AsyncIterable<TranslationExample>,
  {
    sourceLanguage,
    targetLanguage,
    bothDirections,
    sourceLoss,
    longPairs,
  }: Omit<TranslationOptions, 'bpeVocabSize'>,
  onPair: (source: string, target: string) => void = () => undefined,
): Promise<{ readonly specialTokens: readonly string[]; readonly settings: TranslationSettings }> {
  checkLanguage('sourceLanguage', sourceLanguage);
  checkLanguage('targetLanguage', targetLanguage);
  if (sourceLanguage === targetLanguage) {
    throw new RangeError(
      `targetLanguage: expected a language other than sourceLanguage, got ${targetLanguage} for both`,
    );
  }
  const [sources, targets] = [new Set<string>(), new Set<string>()];
  for await (const { source, target, place, ...named } of examples) {
    const { from = sourceLanguage, to = targetLanguage } = named;
    if (!sources.has(from)) checkLanguage(fieldOf('from', place), from);
    if (!targets.has(to)) checkLanguage(fieldOf('to', place), to);
    sources.add(from);
    targets.add(to);
    onPair(source, target);
  }
  const languages = new Set([...targets, ...(bothDirections ? sources : [])]);
  const from = usualOf(sources, sourceLanguage);
  const to = usualOf(targets, targetLanguage);
  return {
    specialTokens: [...languages].sort().map(tagOf),
    settings: { from, to, bothDirections, sourceLoss, longPairs },
  };
}

/**
 * Returns the language of pairs that name none: the chosen language, or the language of the first pair if no pair has
 * the chosen one.
 */
function usualOf(found: ReadonlySet<string>, chosen: string): string {
  return found.has(chosen) ? chosen : ([...found].at(0) ?? chosen);
}
