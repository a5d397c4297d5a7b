import { checkSettings, type DomainFactory } from '@ramble/core';
import { loadTokenizer, trainBpe } from '@ramble/tokenizers';

import { checkLanguage, languagesOf, tagOf } from './language-tags.js';
import { translationDomain, type TranslationDomain } from './translation-domain.js';
import type { TranslationExample } from './translation-example.js';
import { TRANSLATION_OPTIONS, type TranslationOptions } from './translation-options.js';
import { loadSettings, saveSettings, type TranslationSettings } from './translation-settings.js';

/** Makes translation domains: learns byte pairs from both sides of the data and finds its languages. */
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
 * What languages the data has, and so which tags a tokenizer needs.
 *
 * @param onPair - Told both sides of each pair.
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
      `targetLanguage: expected another language than sourceLanguage, got ${targetLanguage} for both`,
    );
  }
  const languages = new Set<string>();
  let first: TranslationExample | undefined;
  for await (const example of examples) {
    first ??= example;
    const { source, target, from = sourceLanguage, to = targetLanguage } = example;
    languages.add(to);
    if (bothDirections) languages.add(from);
    onPair(source, target);
  }
  for (const language of languages) checkLanguage('to', language);
  const { from = sourceLanguage, to = targetLanguage } = first ?? {};
  return {
    specialTokens: [...languages].sort().map(tagOf),
    settings: { from, to, bothDirections, sourceLoss, longPairs },
  };
}
