import {
  firstCharactersFeature,
  helpExamplesFeature,
  huggingFaceFeature,
  lastWordFeature,
  measureFeature,
} from '@ramble/command-line/features';
import type { App } from '@ramble/core';
import { TEXT_FIELDS } from '@ramble/datasets';
import {
  countUnits,
  TEXT_OPTIONS,
  type TextExample,
  textHuggingFace,
  type TextOptions,
} from '@ramble/language';

import { askedText } from './asked-text.js';
import { firstCharacters } from './first-characters.js';
import { DEFAULTS, PRESETS } from './presets.js';
import { readExamples } from './read-examples.js';
import { splitLastWord } from './split-last-word.js';

/** Language models: learns from text and continues it. */
export const textApp: App<TextExample, string, string, TextOptions> = {
  ...askedText,
  options: TEXT_OPTIONS,
  data: { extensions: ['.txt', '.jsonl'], fields: TEXT_FIELDS, readExamples },
  presets: { ...PRESETS, defaults: DEFAULTS },
  features: {
    ...askedText.features,
    ...measureFeature.with(({ text }: TextExample) => ({ ...countUnits(text) })),
    ...lastWordFeature.with(splitLastWord),
    ...firstCharactersFeature.with(firstCharacters),
    ...huggingFaceFeature.with(textHuggingFace),
    ...helpExamplesFeature.with({
      train: [
        '--data moby-dick --out runs/book --preset micro --max-minutes 3',
        '--resume --out runs/book --max-steps 4000',
        '--data letters.txt --init-from runs/book --out runs/letters --learning-rate 1e-4',
      ],
    }),
  },
};
