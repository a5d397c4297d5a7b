import type { DomainFactory } from '@ramble/core';
import { loadTokenizer, trainBpe } from '@ramble/tokenizers';

import { checkLanguage, languagesOf, tagOf } from './language-tags.js';
import { translationDomain, type TranslationDomain } from './translation-domain.js';
import type { TranslationExample } from './translation-example.js';
import type { TranslationOptions } from './translation-options.js';
import { loadSettings, saveSettings } from './translation-settings.js';

/** Makes translation domains: learns byte pairs from both sides of the data and finds its languages. */
export const translationFactory: DomainFactory<
  TranslationDomain,
  TranslationExample,
  TranslationOptions
> = {
  fit: async (examples, options) => {
    const { sourceLanguage, targetLanguage, bothDirections, bpeVocabSize, ...settings } = options;
    checkLanguage('sourceLanguage', sourceLanguage);
    checkLanguage('targetLanguage', targetLanguage);
    const texts: string[] = [];
    const languages = new Set<string>();
    let first: TranslationExample | undefined;
    for await (const example of examples) {
      first ??= example;
      const { source, target, from = sourceLanguage, to = targetLanguage } = example;
      languages.add(to);
      if (bothDirections) languages.add(from);
      texts.push(` ${source}`, ` ${target}`); // as they are encoded
    }
    for (const language of languages) checkLanguage('to', language);
    const specialTokens = [...languages].sort().map(tagOf);
    const tokenizer = await trainBpe(texts, { vocabSize: bpeVocabSize, specialTokens });
    const { from = sourceLanguage, to = targetLanguage } = first ?? {};
    return translationDomain(tokenizer, { from, to, bothDirections, ...settings });
  },

  save: ({ tokenizer, settings }) => ({ ...tokenizer.save(), ...saveSettings(settings) }),

  load: async (files) => {
    const tokenizer = await loadTokenizer(files);
    return translationDomain(tokenizer, loadSettings(files, languagesOf(tokenizer)));
  },
};
