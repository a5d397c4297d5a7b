export { drawAlignment } from './draw-alignment.js';
export { translationDomain, type TranslationDomain } from './translation-domain.js';
export type { TranslationExample, TranslationPrompt } from './translation-example.js';
export { translationFactory } from './translation-factory.js';
export { TRANSLATION_OPTIONS, type TranslationOptions } from './translation-options.js';
export type { TranslationSettings } from './translation-settings.js';
export { learnWords, translateWords, type WordTable } from './word-table.js';
