import { type App, decodeText } from '@ramble/core';
import { TEXT_FIELDS } from '@ramble/datasets';
import {
  countUnits,
  outputDecoder,
  TEXT_OPTIONS,
  type TextDomain,
  type TextExample,
  textFactory,
  textHuggingFace,
  type TextOptions,
} from '@ramble/language';

import { firstCharacters } from './first-characters.js';
import { DEFAULTS, PRESETS } from './presets.js';
import { readExamples } from './read-examples.js';
import { splitLastWord } from './split-last-word.js';

/** Language models: learns from text and continues it. */
export const textApp: App<TextExample, string, string, TextOptions> = {
  name: 'text',
  description: 'Language models: learns from text and continues it.',
  factory: textFactory,
  options: TEXT_OPTIONS,
  packing: 'stream',
  extensions: ['.txt', '.jsonl'],
  fields: TEXT_FIELDS,
  readExamples,
  readPrompt: (content) => decodeText('prompt', content),
  readOutput: (content) => decodeText('output', content),
  showOutput: (text) => ({ kind: 'text', text }),
  streamOutput: ({ tokenizer }: TextDomain) => outputDecoder(tokenizer),
  measure: ({ text }) => ({ ...countUnits(text) }),
  splitLastWord,
  firstCharacters,
  huggingFace: textHuggingFace,
  defaults: DEFAULTS,
  presets: PRESETS,
};
