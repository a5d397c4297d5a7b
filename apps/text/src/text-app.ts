import {
  conversationsFeature,
  firstCharactersFeature,
  helpExamplesFeature,
  huggingFaceFeature,
  lastWordFeature,
  measureFeature,
} from '@ramble/command-line/features';
import type { App, DataFile, ModelConfig, TrainingConfig } from '@ramble/core';
import { fileLines, parseJson } from '@ramble/core/files';
import { ARCHITECTURES } from '@ramble/core/model';
import { readText, TEXT_FIELDS } from '@ramble/datasets';
import {
  countUnits,
  TEXT_OPTIONS,
  type TextExample,
  textHuggingFace,
  type TextOptions,
} from '@ramble/language';

import { answersOf, conversationDomain, type TrainingConversation } from '@ramble/language/chat';

import { askedText } from './asked.js';

/**
 * Yields the text of files in pieces of about a megabyte, at constant memory. A plain file is one document; each line
 * of a `.jsonl` file is a document.
 *
 * @throws Error that names a file that is not UTF-8 text or is empty.
 */
export async function* readExamples(files: readonly DataFile[]): AsyncGenerator<TextExample> {
  for (const file of files) {
    let isEmpty = true;
    let linesBefore = 0;
    let continues = false;
    // Only in a plain file, lines of the file are lines of the text.
    const isPlain = file.unit === undefined && !/\.(jsonl|tsv)(\.|$)/i.test(file.name);
    for await (const piece of readText(file)) {
      isEmpty = false;
      const origin = { name: file.name, ...(isPlain && { linesBefore }) };
      yield { ...piece, ...(continues && { continues }), origin };
      continues = !piece.endsDocument;
      linesBefore += piece.text.split('\n').length - 1;
    }
    if (isEmpty) throw new Error(`${file.name}: expected text, got none`);
  }
}

/**
 * Yields the conversations of files, one for each line of JSON.
 *
 * @throws Error that names a file without conversations.
 */
async function* readConversations(
  files: readonly DataFile[],
): AsyncGenerator<TrainingConversation> {
  for (const file of files) {
    let number = 0;
    let isEmpty = true;
    for await (const line of fileLines(file)) {
      number++;
      if (line.trim() === '') continue;
      isEmpty = false;
      const origin = `${file.name} ${file.unit ?? 'line'} ${number}`;
      yield { ...(parseJson(line) as TrainingConversation), origin }; // written by datasets
    }
    if (isEmpty) throw new Error(`${file.name}: no conversation is in the file`);
  }
}

type Preset = Partial<ModelConfig & TrainingConfig & TextOptions>;

/**
 * Defaults of `train` without a preset: a small model that learns a book in minutes on a CPU. With Llama's parts, rotary
 * positions above all, it needs far fewer steps than with GPT-2's; it then reads a book many times, so that it needs
 * dropout, R-Drop and much weight decay.
 */
const DEFAULTS: Partial<ModelConfig & TrainingConfig> = {
  ...ARCHITECTURES.llama,
  contextLength: 256,
  batchSize: 4,
  learningRate: 2e-3,
  schedule: 'wsd',
  dropout: 0.1,
  rDrop: 2,
  weightDecay: 0.5,
};

/** Common settings of both nanoGPT presets that differ from ramble's defaults. */
const NANOGPT: Preset = {
  tokenizer: 'char',
  learningRate: 1e-3,
  minLearningRate: 1e-4,
  warmupSteps: 100,
  beta2: 0.99,
  weightDecay: 0.1,
  gradClip: 1,
};

/**
 * Common settings of the deep character models: position embeddings at every layer, and auxiliary losses in training.
 * The paper applies dropout elsewhere, and trains for 4,000,000 steps.
 */
const CHARACTERS: Preset = {
  tokenizer: 'char',
  nHead: 2,
  nEmbd: 512,
  contextLength: 512,
  positions: 'every-layer',
  secondTarget: 0.5,
  intermediateLosses: true,
  batchSize: 16,
  dropout: 0.55,
  optimizer: 'sgd',
  momentum: 0.99,
  learningRate: 0.003,
  schedule: 'constant',
  warmupSteps: 0,
  weightDecay: 0,
};

/**
 * Presets by name: nanoGPT's recipes for a megabyte of characters, one for a few minutes on a CPU and the full one; and
 * the two character models of Al-Rfou et al.
 *
 * @see https://github.com/karpathy/nanoGPT (README and config/train_shakespeare_char.py)
 * @see Al-Rfou et al. 2018, https://arxiv.org/abs/1808.04444
 */
const PRESETS: Readonly<Record<string, Preset>> = {
  'nanogpt-cpu': {
    ...NANOGPT,
    nLayer: 4,
    nHead: 4,
    nEmbd: 128,
    contextLength: 64,
    batchSize: 12,
    maxSteps: 2000,
    dropout: 0,
  },
  'nanogpt-gpu': {
    ...NANOGPT,
    nLayer: 6,
    nHead: 6,
    nEmbd: 384,
    contextLength: 256,
    batchSize: 64,
    maxSteps: 5000,
    dropout: 0.2,
  },
  t12: { ...CHARACTERS, nLayer: 12 },
  t64: { ...CHARACTERS, nLayer: 64, recompute: true },
};

/**
 * Splits a text into its beginning and its last word with the white space before it: the task of LAMBADA. White
 * space at the end of the text does not count.
 *
 * @returns `undefined` for a part of a document that other parts follow.
 * @throws RangeError when the text has fewer than two words.
 * @see Paperno et al. 2016, https://arxiv.org/abs/1606.06031
 */
export function splitLastWord({
  text,
  endsDocument,
}: TextExample): { readonly prompt: string; readonly output: string } | undefined {
  if (!endsDocument) return undefined;
  const trimmed = text.trimEnd();
  const at = trimmed.search(/\s\S+$/);
  const prompt = trimmed.slice(0, Math.max(0, at));
  if (prompt.trim() === '') {
    throw new RangeError(`text: expected at least two words, got ${JSON.stringify(trimmed)}`);
  }
  return { prompt, output: trimmed.slice(at) };
}

/** Yields the first characters of a text, counted in code points as by `countUnits`; a shorter text is unchanged. */
export async function* firstCharacters(
  examples: AsyncIterable<TextExample>,
  count: number,
): AsyncGenerator<TextExample> {
  let left = count;
  for await (const example of examples) {
    const characters = Array.from(example.text);
    if (characters.length > left) {
      yield { ...example, text: characters.slice(0, left).join(''), endsDocument: false };
      return;
    }
    yield example;
    left -= characters.length;
    if (left === 0) return;
  }
}

/** Language models: learns from text and continues it. */
export const textApp: App<TextExample, string, string, TextOptions> = {
  ...askedText,
  options: TEXT_OPTIONS,
  data: {
    extensions: ['.txt', '.jsonl'],
    fields: { ...TEXT_FIELDS, conversations: true },
    readExamples,
  },
  presets: { ...PRESETS, defaults: DEFAULTS },
  features: {
    ...askedText.features,
    ...conversationsFeature.with({ readExamples: readConversations, domain: conversationDomain }),
    ...measureFeature.with((example: TextExample | TrainingConversation) => ({
      ...countUnits('text' in example ? example.text : answersOf(example)),
    })),
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
