export { alignmentOf } from './alignment.js';
export {
  translationDomain,
  type TranslationDomain,
  type TranslationExample,
  type TranslationPrompt,
  type TranslationSettings,
} from './translation-domain.js';
export { translationFactory } from './translation-factory.js';
export { TRANSLATION_OPTIONS, type TranslationOptions } from './language-tags.js';
export { learnWords, translateWords, type WordTable } from './word-table.js';
