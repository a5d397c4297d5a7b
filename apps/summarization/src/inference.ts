import type { InferenceApp } from '@ramble/core';
import {
  answerFeature,
  type OutputScore,
  type OutputScoring,
  promptExamplesFeature,
  type Prompting,
  scoringFeature,
} from '@ramble/core/app';
import { decodeText } from '@ramble/core/files';
import { corpusRouge, ROUGE_MEASURES } from '@ramble/metrics';
import {
  EXTRACTORS,
  type SummarizationExample,
  summarizationFactory,
  type SummarizationOptions,
  type SummarizationPrompt,
  wordsOf,
} from '@ramble/summarization';

interface PromptOptions {
  readonly forcedPrefix?: string;
}

/** Prompt option: a forced beginning of the summary. */
const PROMPTING: Prompting<SummarizationPrompt, PromptOptions> = {
  settings: {
    forcedPrefix: {
      kind: 'string',
      derived: 'none',
      description: 'Beginning of the summary, from which the model continues.',
    },
  },
  apply: (prompt, { forcedPrefix: beginning }) => ({ ...prompt, beginning }),
};

/** ROUGE measures by their fields in scores, with their usual names in papers. */
const NAMES = { rouge1: 'ROUGE-1', rouge2: 'ROUGE-2', rougeL: 'ROUGE-L', rougeLsum: 'ROUGE-Lsum' };
/** Maximum number of examples whose summaries are counted for the mean length. */
const SOME = 2000;

/** Scores of summaries against the data's summaries: ROUGE, fraction of novel n-grams, and length. */
export const SCORING: OutputScoring<SummarizationExample, SummarizationPrompt, string> = {
  promptOf: ({ document }) => ({ document }),
  exampleOf: ({ document }, summary) => ({ document, summary }),
  score: (outputs, examples) => {
    const summaries = examples.map(({ summary }) => summary);
    const documents = examples.map(({ document }) => document);
    const rouge = corpusRouge(outputs, [summaries], { stemmer: true });
    return [
      ...ROUGE_MEASURES.map((measure) => ({
        name: NAMES[measure],
        score: 100 * rouge[measure].f1,
        signature: `F1 in percent|${rouge.signature}`,
      })),
      ...[1, 2, 3].map((order): OutputScore => ({
        name: `new ${order}-grams`,
        score: 100 * novelShare(outputs, documents, order),
        signature: 'in percent, those that are not in the document|tok:unicode',
      })),
      {
        name: 'length',
        score: lengthRatio(outputs, summaries),
        signature: 'words for each of the references|tok:unicode',
      },
    ];
  },
  baselines: async (examples, training) => {
    const count = Math.ceil(await meanWords(training ?? examples));
    return Object.entries(EXTRACTORS).map(([name, extract]) => ({
      name: name === 'lead sentence' ? name : `${name} (${count})`, // a summary of one sentence has no chosen length
      outputs: examples.map(({ document }) => extract(document, count)),
    }));
  },
};

/** Mean number of words of a summary, over the first examples. */
async function meanWords(
  examples: AsyncIterable<SummarizationExample> | Iterable<SummarizationExample>,
): Promise<number> {
  let [words, count] = [0, 0];
  for await (const { summary } of examples) {
    words += wordsOf(summary).length;
    if (++count === SOME) break;
  }
  return words / count;
}

/**
 * Returns the fraction of the outputs' word n-grams that are not in their documents, from 0 to 1; 0 if the outputs
 * have no n-grams.
 */
export function novelShare(
  outputs: readonly string[],
  documents: readonly string[],
  order: number,
): number {
  let [all, novel] = [0, 0];
  for (const [i, output] of outputs.entries()) {
    const known = new Set(ngrams(documents[i], order));
    for (const ngram of ngrams(output, order)) {
      all++;
      if (!known.has(ngram)) novel++;
    }
  }
  return all > 0 ? novel / all : 0;
}

/** Number of words in all outputs, divided by the number in all references. */
export function lengthRatio(outputs: readonly string[], references: readonly string[]): number {
  const count = (texts: readonly string[]): number =>
    texts.reduce((sum, text) => sum + wordsOf(text).length, 0);
  return count(outputs) / count(references);
}

function ngrams(text: string, order: number): string[] {
  const words = wordsOf(text);
  return words
    .slice(0, Math.max(0, words.length - order + 1))
    .map((_, i) => words.slice(i, i + order).join(' '));
}

/** Short documents to summarize. */
const EXAMPLES = [
  'A storm closed the port of Rotterdam for six hours on Monday. More than forty ships had to wait at sea until the ' +
    'wind fell in the afternoon. Nobody was hurt, but a crane fell onto an empty quay. The port expects to work at ' +
    'its usual pace again by Wednesday.',
  'The town library will stay open until ten in the evening from next month. The council found the money after ' +
    'students collected two thousand signatures. The library had cut its hours three years ago to save heating. Two ' +
    'additional librarians will be hired.',
];

/**
 * App to use a trained summarization model: reads prompts (documents) and shows outputs. The training app extends it.
 */
export const summarizationInference: InferenceApp<
  SummarizationExample,
  SummarizationPrompt,
  string,
  SummarizationOptions
> = {
  name: 'summarization',
  description: 'Learns from documents with summaries and summarizes new ones.',
  factory: summarizationFactory,
  packing: 'examples',
  readPrompt: (content) => ({ document: readText('prompt', content) }),
  readOutput: (content) => readText('output', content),
  showOutput: (text) => ({ kind: 'text', text }),
  prompting: PROMPTING,
  sampling: { method: 'greedy', numBeams: 4, noRepeatNgramSize: 3 },
  features: {
    ...answerFeature.with(({ document }: SummarizationPrompt) =>
      document.trim() === '' ? '' : undefined,
    ),
    ...scoringFeature.with(SCORING),
    ...promptExamplesFeature.with(EXAMPLES),
  },
};

/** Reads a text from the bytes of a file or of standard input: line ends become `\n`, and a final one is removed. */
export function readText(name: string, content: Uint8Array): string {
  return decodeText(name, content).replaceAll('\r\n', '\n').replace(/\n$/, '');
}
