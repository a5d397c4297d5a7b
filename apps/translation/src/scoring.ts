import type { OutputScoring } from '@ramble/core';
import { corpusBleu, corpusChrf, corpusTer } from '@ramble/metrics';
import {
  learnWords,
  type TranslationExample,
  type TranslationPrompt,
  translateWords,
} from '@ramble/translation';

/** Translations beside references: BLEU, chrF and TER as sacreBLEU has them. */
export const SCORING: OutputScoring<TranslationExample, TranslationPrompt, string> = {
  promptOf: ({ source, to }) => ({ source, to }),
  exampleOf: ({ source, to }, target) => ({ source, target, to }),
  score: (outputs, examples) => {
    const references = [examples.map(({ target }) => target)];
    return [corpusBleu, corpusChrf, corpusTer].map((scoreOf) => {
      const { name, score, signature } = scoreOf(outputs, references);
      return { name, score, signature };
    });
  },
  baselines: async (examples, training) => {
    const sources = examples.map(({ source }) => source);
    const copy = { name: 'copy of the source', outputs: sources };
    if (!training) return [copy];
    const table = await learnWords(training);
    const words = sources.map((source) => translateWords(table, source));
    return [copy, { name: 'word by word (IBM model 1)', outputs: words }];
  },
};
