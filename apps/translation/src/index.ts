import {
  attentionPictureFeature,
  helpExamplesFeature,
  pretrainingFeature,
  type ZeroShot,
  zeroShotFeature,
} from '@ramble/command-line/features';
import type { App, ModelConfig, TrainingConfig } from '@ramble/core';
import type { DataFields } from '@ramble/core/app';
import { pairReaders } from '@ramble/datasets/pairs';
import { textFactory } from '@ramble/language';
import { instructDomain } from '@ramble/language/instruct';
import {
  alignmentOf,
  TRANSLATION_OPTIONS,
  type TranslationExample,
  type TranslationOptions,
  type TranslationPrompt,
} from '@ramble/translation';

import { translationInference } from './inference.js';

/** Field names of pairs, in ramble and in known data sets. */
const TRANSLATION_FIELDS: DataFields = {
  names: ['source', 'target'],
  optional: ['from', 'to'],
  known: [
    ['src', 'tgt'],
    ['src', 'trg'],
    ['source_text', 'target_text'],
    ['source_field', 'target_field'],
    ['source_sentence', 'target_sentence'],
  ],
  areLanguages: true,
};
/** Readers of translation pairs. A pair in a line of JSON may have its language codes in `from` and `to`. */
export const { readExamples, readParallel } = pairReaders<TranslationExample>(
  { first: 'source', second: 'target' },
  'expected pairs of texts, got none',
  ({ first: source, second: target, place, labels }) => {
    return { source, target, from: labels?.from, to: labels?.to, place };
  },
);

type Preset = Partial<ModelConfig & TrainingConfig & TranslationOptions>;

/** Settings that the presets share. */
const RECIPE: Preset = {
  contextLength: 128,
  batchSize: 64,
  learningRate: 1e-3,
  minLearningRate: 1e-5,
  warmupSteps: 400,
  beta2: 0.98,
  weightDecay: 0.1,
  labelSmoothing: 0.1,
  bestBy: 'score',
  scoredExamples: 500,
  evalInterval: 500,
  saveInterval: 500,
};

/**
 * Presets of translators by size. `small` is for some tens of thousands of short pairs, such as captions of pictures:
 * thirteen epochs of 29,000 pairs.
 */
export const PRESETS: Readonly<Record<string, Preset>> = {
  tiny: {
    ...RECIPE,
    ...{ nLayer: 3, nHead: 4, nEmbd: 128, bpeVocabSize: 4000 },
    ...{ batchSize: 32, maxSteps: 3000, dropout: 0.1 },
  },
  small: {
    ...RECIPE,
    ...{ nLayer: 6, nHead: 4, nEmbd: 256, bpeVocabSize: 6000, maxSteps: 6000, dropout: 0.2 },
  },
  base: {
    ...RECIPE,
    ...{ nLayer: 6, nHead: 8, nEmbd: 512, bpeVocabSize: 16_000, contextLength: 256 },
    ...{ learningRate: 7e-4, warmupSteps: 2000, maxSteps: 50_000, dropout: 0.1 },
  },
};

/** Examples for the help of `ramble translation`, by verb: the words after the verb. */
const HELP_EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  train: [
    '--data debian-en-fr --out runs/en-fr --preset small',
    '--source train.de --target train.en --out runs/de-en --preset small',
    '--data pairs.tsv --init-from runs/en-fr --out runs/mine --learning-rate 1e-4',
  ],
  sample: [
    "--model runs/en-fr 'Text editor for programmers'",
    "--model runs/en-fr --n-best 4 --forced-prefix 'éditeur' 'text editor'",
    '--model runs/en-fr --prompt-lines lines.en --num-beams 1',
    "--model runs/smollm2 --zero-shot --to fr 'text editor'",
  ],
  evaluate: [
    '--model runs/en-fr --source test.en --target test.fr',
    '--model runs/en-fr --data pairs.tsv --json',
  ],
  curve: [
    '--data pairs.jsonl --valid valid.jsonl --init-from runs/text --out curves/pairs',
    '--data debian-en-fr --shares 10 100 --preset tiny --out curves/en-fr',
  ],
  search: [
    '--data debian-en-fr --preset tiny --minutes 60 --over learning-rate,n-layer --out searches/en-fr',
  ],
  score: [
    "--model runs/en-fr --prompt 'text editor' --output 'éditeur de texte'",
    '--model runs/en-fr --data pairs.tsv --json',
  ],
  embed: ["--model runs/en-fr 'text editor' --json"],
  encode: ["--model runs/en-fr 'text editor'"],
  decode: ['--model runs/en-fr 310 87 401'],
  next: ["--model runs/en-fr --prompt 'text editor' --forced-prefix 'éditeur'"],
  inspect: [
    '--model runs/en-fr',
    "--model runs/en-fr --prompt 'text editor' --forced-prefix 'éditeur de texte' --attention-picture grid.svg",
  ],
  serve: ['--model runs/en-fr --port 8080'],
  merge: ['--model runs/en-fr --out runs/en-fr-merged'],
  average: ['--model runs/en-fr --count 2 --out runs/en-fr-mean'],
  export: ['--model runs/en-fr --out models/en-fr'],
};

const NAMES = new Intl.DisplayNames(['en'], { type: 'language' });

/** Translations by an instruct model of text, prompted in English by its chat template. */
const ZERO_SHOT: ZeroShot<TranslationExample, TranslationPrompt, string> = {
  domain: 'text',
  load: async (files) =>
    instructDomain(await textFactory.load(files), {
      instructionFor: ({ to }) =>
        `Translate what the user says into ${languageName(to)}. Answer with the translation alone.`,
      textOf: ({ source }) => source,
      beginningOf: ({ beginning }) => beginning,
      promptOf: ({ source, to }) => ({ source, to }),
      outputOf: ({ target }) => target,
    }),
  sampling: () => ({ method: 'greedy', maxNewTokens: 200 }),
};

/** Returns the English name of a language by its code, such as `fr`. */
function languageName(code: string | undefined): string {
  if (code === undefined) {
    throw new RangeError('to: expected the language to translate into, such as fr, got none');
  }
  try {
    return NAMES.of(code) ?? code;
  } catch {
    throw new RangeError(`to: expected a language such as fr or pt-br, got ${code}`);
  }
}

/** Translation app: learns from pairs of texts and translates new ones. */
export const translationApp: App<
  TranslationExample,
  TranslationPrompt,
  string,
  TranslationOptions
> = {
  ...translationInference,
  options: TRANSLATION_OPTIONS,
  data: {
    extensions: ['.tsv', '.jsonl'],
    fields: TRANSLATION_FIELDS,
    readExamples,
    readParallel,
    textsOf,
  },
  presets: PRESETS,
  features: {
    ...translationInference.features,
    ...helpExamplesFeature.with(HELP_EXAMPLES),
    ...zeroShotFeature.with(ZERO_SHOT),
    ...attentionPictureFeature.with((study) => ({ kind: 'alignment', ...alignmentOf(study) })),
    ...pretrainingFeature.with({
      app: 'text',
      options: ({ bpeVocabSize }: TranslationOptions) => ({ tokenizer: 'bpe', bpeVocabSize }),
      textsOf,
    }),
  },
};

function textsOf({ source, target }: TranslationExample): readonly string[] {
  return [source, target];
}

export { translationApp as default };
