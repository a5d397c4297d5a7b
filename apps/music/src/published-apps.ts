import {
  companionFeature,
  helpExamplesFeature,
  huggingFaceFeature,
  measureFeature,
  outputExtensionsFeature,
} from '@ramble/command-line/features';
import type { AnyDomain, App } from '@ramble/core';
import { ARCHITECTURES, type HuggingFaceForm } from '@ramble/core/app';
import {
  anticipationDomain,
  type AnticipationPrompt,
  ariaDomain,
  type AriaNote,
  type AriaPiece,
  type AriaPrompt,
  ariaScore,
  type InstrumentNote,
  type InstrumentPiece,
  instrumentScore,
  writeScore,
} from '@ramble/music';

import { BAND_PRESETS } from './apps.js';
import { anticipationInference, ariaInference } from './published-inference.js';
import { ANTICIPATION_EXAMPLES, ARIA_EXAMPLES } from './help-examples.js';
import { INPUT_EXTENSIONS, NOTE_EXTENSIONS, readAria, readInstruments } from './music-files.js';
import { filesBy, readersOfAbc } from './read-pieces.js';
import { soundOf } from './sound.js';

/** Settings for some minutes on a CPU. */
const CPU_PRESET = { ...BAND_PRESETS['band-cpu'], attention: 'causal' } as const;

/**
 * App for music of any instruments with the Anticipatory Music Transformer's vocabulary. It imports the published
 * models.
 */
export const anticipationApp: App<
  InstrumentPiece,
  AnticipationPrompt,
  readonly InstrumentNote[],
  object
> = {
  ...anticipationInference,
  ...readersOfAbc(anticipationInference),
  options: {},
  data: { extensions: INPUT_EXTENSIONS, readExamples: filesBy(readInstruments) },
  presets: {
    'anticipation-cpu': CPU_PRESET,
  },
  features: {
    ...anticipationInference.features,
    ...helpExamplesFeature.with(ANTICIPATION_EXAMPLES),
    ...outputExtensionsFeature.with(NOTE_EXTENSIONS),
    ...companionFeature.with(
      soundOf((notes: readonly InstrumentNote[]) => writeScore(instrumentScore(notes))),
    ),
    ...measureFeature.with(({ notes }: InstrumentPiece) => ({ note: notes.length })),
    ...huggingFaceFeature.with(publishedModels(anticipationDomain)),
  },
};

/** Returns the feature `huggingFace` of a domain with a fixed vocabulary. Its models have no tokenizer files. */
function publishedModels<D extends AnyDomain>(domain: D): HuggingFaceForm<D> {
  const { size } = domain.vocabulary;
  return {
    files: [],
    read: (_, vocabSize) => {
      if (vocabSize === size) return Promise.resolve({ domain, options: {} });
      const message = `config.json: expected a vocab_size of ${size}, got ${vocabSize}`;
      return Promise.reject(new RangeError(message));
    },
    write: () => ({}),
  };
}

/** App for piano performances with Aria's vocabulary. It imports Aria's published models. */
export const ariaApp: App<AriaPiece, AriaPrompt, readonly AriaNote[], object> = {
  ...ariaInference,
  ...readersOfAbc(ariaInference),
  options: {},
  data: { extensions: INPUT_EXTENSIONS, readExamples: filesBy(readAria) },
  presets: {
    defaults: { ...ARCHITECTURES.llama, norm: 'layer', tiedHead: false },
    'aria-cpu': CPU_PRESET,
  },
  features: {
    ...ariaInference.features,
    ...helpExamplesFeature.with(ARIA_EXAMPLES),
    ...outputExtensionsFeature.with(NOTE_EXTENSIONS),
    ...companionFeature.with(soundOf((notes: readonly AriaNote[]) => writeScore(ariaScore(notes)))),
    ...measureFeature.with(({ notes }: AriaPiece) => ({
      note: notes.length,
      second:
        notes.reduce((last, each) => Math.max(last, each.startMs + each.durationMs), 0) / 1000,
    })),
    ...huggingFaceFeature.with(publishedModels(ariaDomain)),
  },
};
