import type { InferenceApp } from '@ramble/core';
import {
  answerFeature,
  type OutputScoring,
  promptExamplesFeature,
  type Prompting,
  scoringFeature,
} from '@ramble/core/app';
import { decodeText } from '@ramble/core/files';
import { corpusBleu, corpusChrf, corpusTer } from '@ramble/metrics';
import {
  learnWords,
  translateWords,
  type TranslationExample,
  translationFactory,
  type TranslationOptions,
  type TranslationPrompt,
} from '@ramble/translation';

interface PromptOptions {
  readonly to?: string;
  readonly forcedPrefix?: string;
}

/** The options of a prompt: its target language, and the beginning of the translation. */
const PROMPTING: Prompting<TranslationPrompt, PromptOptions> = {
  settings: {
    to: {
      kind: 'string',
      derived: 'the language of pairs without one, or of the first pair',
      description: 'The language to translate into, such as fr.',
    },
    forcedPrefix: {
      kind: 'string',
      derived: 'none',
      description: 'Beginning of the translation, from which the model continues.',
    },
  },
  apply: (prompt, { to, forcedPrefix: beginning }) => ({ ...prompt, to, beginning }),
};

/** Scores of translations against references: BLEU, chrF and TER, as sacreBLEU computes them. */
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

/** App to use a trained translation model: reads prompts (texts) and shows outputs. The training app extends it. */
export const translationInference: InferenceApp<
  TranslationExample,
  TranslationPrompt,
  string,
  TranslationOptions
> = {
  name: 'translation',
  description: 'Learns from pairs of texts and translates new ones.',
  factory: translationFactory,
  packing: 'examples',
  readPrompt: (content) => ({ source: readLine('prompt', content) }),
  readOutput: (content) => readLine('output', content),
  showOutput: (text) => ({ kind: 'text', text }),
  prompting: PROMPTING,
  sampling: { method: 'greedy', numBeams: 4 },
  features: {
    ...answerFeature.with(({ source }: TranslationPrompt) =>
      source.trim() === '' ? '' : undefined,
    ),
    ...scoringFeature.with(SCORING),
    ...promptExamplesFeature.with([
      'The cat is sleeping on the chair.',
      'Where is the station?',
      'I have never seen such a beautiful house.',
    ]),
  },
};

/** Reads a text from the bytes of a file or of standard input; a final line end is removed. */
function readLine(name: string, content: Uint8Array): string {
  return decodeText(name, content).replace(/\r?\n$/, '');
}
