import {
  helpExamplesFeature,
  type ModelFree,
  modelFreeFeature,
  pretrainingFeature,
  type ZeroShot,
  zeroShotFeature,
} from '@ramble/command-line/features';
import type { App, DataFile, ModelConfig, ReadingOptions, TrainingConfig } from '@ramble/core';
import type { DataFields } from '@ramble/core/app';
import { pairReaders } from '@ramble/datasets/pairs';
import { textFactory } from '@ramble/language';
import { instructDomain } from '@ramble/language/instruct';
import {
  EXTRACTION_METHODS,
  type ExtractionMethod,
  extractSummary,
  SUMMARIZATION_OPTIONS,
  type SummarizationExample,
  type SummarizationOptions,
  type SummarizationPrompt,
  zeroShotDomain,
} from '@ramble/summarization';

import { summarizationInference, readText } from './inference.js';

type Preset = Partial<ModelConfig & TrainingConfig & SummarizationOptions>;

/** Settings that the presets share. */
const RECIPE: Preset = {
  contextLength: 256,
  batchSize: 32,
  learningRate: 1e-3,
  minLearningRate: 1e-5,
  warmupSteps: 300,
  beta2: 0.98,
  weightDecay: 0.1,
  evalInterval: 500,
  saveInterval: 500,
};

/**
 * Presets of summarizers by size. `small` learns some tens of thousands of short documents in some hours on two cores.
 */
export const PRESETS: Readonly<Record<string, Preset>> = {
  tiny: {
    ...RECIPE,
    ...{ nLayer: 3, nHead: 4, nEmbd: 128, bpeVocabSize: 4000, maxSteps: 3000, dropout: 0 },
  },
  /** Preset for learning curves: eight summarizers and a text model train in about an hour on two cores. */
  curve: {
    ...RECIPE,
    ...{ nLayer: 3, nHead: 4, nEmbd: 128, contextLength: 128, bpeVocabSize: 4000 },
    ...{ maxSteps: 1000, warmupSteps: 100, evalInterval: 250, saveInterval: 250 },
    ...{ patience: 3, dropout: 0.1 },
  },
  small: {
    ...RECIPE,
    ...{ nLayer: 6, nHead: 4, nEmbd: 256, bpeVocabSize: 8000, maxSteps: 8000, dropout: 0.1 },
  },
  base: {
    ...RECIPE,
    ...{ nLayer: 6, nHead: 8, nEmbd: 512, bpeVocabSize: 16_000, contextLength: 512 },
    ...{ learningRate: 5e-4, warmupSteps: 2000, maxSteps: 50_000, dropout: 0.1 },
  },
};

/** Examples for the help of `ramble summarization`, by verb: the words after the verb. */
const HELP_EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  train: [
    '--data debian-synopses --out runs/synopses --preset small',
    '--data news.jsonl --valid valid.jsonl --cut tf-idf --out runs/news',
    '--data news.jsonl --init-from runs/text --out runs/news --preset small',
  ],
  sample: [
    '--model runs/synopses --prompt-file description.txt',
    '--model runs/synopses --prompt-file description.txt --min-new-tokens 5 --n-best 3',
    '--model runs/smollm2 --zero-shot --prompt-file article.txt',
    '--method textrank --summary-sentences 3 --prompt-file article.txt',
  ],
  evaluate: [
    '--model runs/synopses --data test.jsonl --json',
    '--zero-shot --model smollm2-135m-instruct --data test.jsonl --max-examples 100',
  ],
  curve: ['--data debian-synopses --pretrain-steps 2000 --preset curve --out curves/synopses'],
  search: [
    '--data debian-synopses --preset tiny --minutes 60 --over learning-rate,dropout=0:0.1 --out searches/synopses',
  ],
  score: [
    "--model runs/synopses --prompt-file description.txt --output 'a file archiver'",
    '--model runs/synopses --data test.jsonl --json',
  ],
  embed: ["--model runs/synopses 'Ark manages archives.' --json"],
  encode: ["--model runs/synopses 'Ark manages archives.'"],
  decode: ['--model runs/synopses 310 87 401'],
  next: ['--model runs/synopses --prompt-file description.txt'],
  inspect: [
    '--model runs/synopses',
    '--model runs/synopses --prompt-file description.txt --out steps.html',
  ],
  serve: ['--model runs/synopses --port 8080'],
  merge: ['--model runs/synopses --out runs/synopses-merged'],
  average: ['--model runs/synopses --count 2 --out runs/synopses-mean'],
  export: ['--model runs/synopses --out models/synopses'],
};

interface ExtractOptions {
  readonly summarySentences?: number;
  readonly summaryWords?: number;
}

/** Default number of sentences of a summary. */
const SENTENCES = 3;

/** Feature that summarizes any article by copying its sentences. */
export const EXTRACTS: ModelFree<SummarizationPrompt, string, ExtractOptions> = {
  methods: EXTRACTION_METHODS,
  settings: {
    summarySentences: {
      kind: 'integer',
      min: 1,
      derived: `${SENTENCES}, unless --summary-words is given`,
      description: 'Number of sentences in a summary.',
    },
    summaryWords: {
      kind: 'integer',
      min: 1,
      derived: 'none',
      description: 'Number of words after which a summary gets no further sentences.',
    },
  },
  write: (method, { document }, { summarySentences, summaryWords }) =>
    extractSummary(document, method as ExtractionMethod, {
      sentences: summarySentences ?? (summaryWords === undefined ? SENTENCES : undefined),
      words: summaryWords,
    }), // a method of the app
};

/** File with the chat template in a run; only runs of instruct models have it. */
const TEMPLATE = 'chat_template.jinja';

/** System prompt of smol-summarize, a data set of SmolLM2's instruct models. */
const INSTRUCTION =
  'Provide a concise, objective summary of the input text in up to three sentences, ' +
  'focusing on key actions and intentions without using second or third person pronouns.';

/**
 * Summaries by a text model without training: a model with a chat template is instructed to write them, and any
 * other model continues after `TL;DR:`.
 *
 * @see Allal et al. 2025, SmolLM2 (smol-summarize), https://arxiv.org/abs/2502.02737
 */
const ZERO_SHOT: ZeroShot<SummarizationExample, SummarizationPrompt, string> = {
  domain: 'text',
  load: async (files) => {
    const text = await textFactory.load(files);
    if (!text.chatTemplate) return zeroShotDomain(text.tokenizer);
    return instructDomain(text, {
      instructionFor: () => INSTRUCTION,
      textOf: ({ document }) => document,
      beginningOf: ({ beginning }) => beginning,
      promptOf: ({ document }) => ({ document }),
      outputOf: ({ summary }) => summary,
    });
  },
  sampling: (names) =>
    names.includes(TEMPLATE)
      ? { method: 'greedy', maxNewTokens: 200 }
      : { topK: 2, maxNewTokens: 100 },
};

/** Field names of documents and summaries, in ramble and in known data sets. */
const SUMMARIZATION_FIELDS: DataFields = {
  names: ['document', 'summary'],
  known: [
    ['article', 'highlights'], // CNN/DailyMail
    ['article', 'abstract'], // arXiv, PubMed
    ['article', 'summary'],
    ['dialogue', 'summary'], // SAMSum
    ['report', 'summary'], // GovReport
    ['text', 'summary'], // BillSum
    ['content', 'summary'],
    ['body', 'summary'],
    ['source', 'target'], // SciTLDR
  ],
};

/** Readers of documents and summaries, of `.jsonl` and `.tsv` files or of two files. */
export const { readExamples, readParallel } = pairReaders<SummarizationExample>(
  { first: 'document', second: 'summary' },
  'expected documents and summaries, got none',
  ({ first: document, second: summary }) => ({ document, summary }),
);

/**
 * Reads a document and its summary from two files.
 *
 * @throws Error that names both files if one is empty, unless such pairs are skipped.
 */
export async function* readFilePair(
  documentFile: DataFile,
  summaryFile: DataFile,
  { onSkip }: ReadingOptions = {},
): AsyncGenerator<SummarizationExample> {
  const [document, summary] = [await readWhole(documentFile), await readWhole(summaryFile)];
  if (document.trim() !== '' && summary.trim() !== '') {
    yield { document, summary };
    return;
  }
  const reason = `${documentFile.name}, ${summaryFile.name}: expected a document and a summary, got an empty file`;
  if (!onSkip) throw new Error(reason);
  onSkip(reason);
}

async function readWhole(file: DataFile): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of file.chunks()) parts.push(part);
  return readText(file.name, Buffer.concat(parts));
}

/** Summarization app: learns from documents with summaries, and summarizes new ones. */
export const summarizationApp: App<
  SummarizationExample,
  SummarizationPrompt,
  string,
  SummarizationOptions
> = {
  ...summarizationInference,
  options: SUMMARIZATION_OPTIONS,
  data: {
    extensions: ['.jsonl', '.tsv'],
    fields: SUMMARIZATION_FIELDS,
    readExamples,
    readParallel,
    readFilePair,
    textsOf: ({ document, summary }) => [document, summary],
  },
  presets: PRESETS,
  features: {
    ...summarizationInference.features,
    ...helpExamplesFeature.with(HELP_EXAMPLES),
    ...modelFreeFeature.with(EXTRACTS),
    ...zeroShotFeature.with(ZERO_SHOT),
    ...pretrainingFeature.with({
      app: 'text',
      options: ({ bpeVocabSize }: SummarizationOptions) => ({ tokenizer: 'bpe', bpeVocabSize }),
      textsOf: ({ document }: SummarizationExample) => [document],
    }),
  },
};
