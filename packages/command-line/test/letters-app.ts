import type { AnyApp, App, DataFile, Domain, DomainFactory, Files, Fitted } from '@ramble/core';
import { streamOutputFeature } from '@ramble/core/app';
import { type JsonObject, named, parseJson } from '@ramble/core/files';

import {
  firstCharactersFeature,
  huggingFaceFeature,
  lastWordFeature,
  measureFeature,
} from '../src/features.js';

const LETTERS = 'abcdefghijklmnopqrstuvwxyz \n';
const END = LETTERS.length; // the id after the letters

interface LettersOptions {
  readonly letters: 'some' | 'all';
}
type Letters = Domain<string, string, string>;

/** The ids of a text. */
function lettersOf(text: string): number[] {
  return Array.from(text, (letter) => {
    const id = LETTERS.indexOf(letter);
    if (id < 0) throw new RangeError(`text: expected small letters, got ${letter}`);
    return id;
  });
}

const textOf = (tokens: readonly number[]): string =>
  tokens.map((id) => LETTERS[id] ?? '').join('');

function readLetters(files: Files, vocabSize: number): Fitted<Letters, JsonObject> {
  const letters = named('letters.json', () => parseJson(files['letters.json']));
  if (letters !== LETTERS || vocabSize !== END + 1) {
    throw new RangeError('letters.json: expected small letters, got others');
  }
  return { domain, options: { letters: 'all' } };
}

const domain: Letters = {
  name: 'letters',
  vocabulary: {
    size: END + 1,
    describe: (id) => (id === END ? '<end>' : JSON.stringify(LETTERS[id])),
    bytes: (id) => (id === END ? undefined : new TextEncoder().encode(LETTERS[id])),
  },
  stopTokens: [END],
  encodeExample: (text) => {
    const tokens = [...lettersOf(text), END];
    return { tokens, lossWeights: tokens.map(() => 1) };
  },
  encodePrompt: (text) => ({ tokens: text === '' ? [END] : lettersOf(text) }),
  decodeOutput: textOf,
  encodeOutput: lettersOf,
};

const factory: DomainFactory<Letters, string, LettersOptions> = {
  fit: async (examples, { letters }) => {
    let count = 0;
    for await (const text of examples) count += text.length;
    if (letters === 'some' && count === 0) throw new RangeError('texts: expected some, got none');
    return domain;
  },
  save: () => ({ 'letters.json': JSON.stringify(LETTERS) }),
  load: () => Promise.resolve(domain),
};

async function* readExamples(files: readonly DataFile[]): AsyncGenerator<string> {
  for (const file of files) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of file.chunks()) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    if (text === '') throw new Error(`${file.name}: expected text, got none`);
    yield text;
  }
}

const app: App<string, string, string, LettersOptions> = {
  name: 'letters',
  description: 'Small letters, one a token.',
  factory,
  options: {
    letters: {
      kind: 'choice',
      choices: ['some', 'all'],
      default: 'some',
      description: 'Learn the letters from data.',
    },
  },
  packing: 'stream',
  data: { extensions: ['.txt'], readExamples },
  readPrompt: (content) => Buffer.from(content).toString(),
  readOutput: (content, { onRepair } = {}) => {
    const text = Buffer.from(content).toString();
    if (text !== text.toLowerCase()) onRepair?.('output: expected small letters, got capitals');
    if (text.includes('\0')) throw new RangeError('output: expected letters, got bytes');
    return text.toLowerCase();
  },
  showOutput: (text) => ({ kind: 'text', text }),
  features: {
    ...streamOutputFeature.with(() => ({ push: (token) => textOf([token]), end: () => '' })),
    ...measureFeature.with((text: string) => ({
      letter: text.length,
      word: text.split(/\s+/).length,
    })),
    ...lastWordFeature.with((text: string) => {
      const trimmed = text.trimEnd();
      const at = trimmed.lastIndexOf(' ');
      if (at < 0) return undefined;
      return { prompt: trimmed.slice(0, at), output: trimmed.slice(at) };
    }),
    ...firstCharactersFeature.with(async function* (texts: AsyncIterable<string>, count) {
      let left = count;
      for await (const text of texts) {
        if (left > 0) yield text.slice(0, left);
        left -= text.length;
      }
    }),
    ...huggingFaceFeature.with({
      files: ['letters.json', 'more.json'],
      read: (files, vocabSize) => Promise.resolve().then(() => readLetters(files, vocabSize)),
      write: () => ({ 'letters.json': JSON.stringify(LETTERS) }),
    }),
  },
  sampling: { maxNewTokens: 50 }, // each training ends with three outputs
  presets: { tiny: { nLayer: 1, nHead: 2, nEmbd: 8, contextLength: 8, maxSteps: 3 } },
};

/** An app of text that is one long run, and whose outputs can be shown while they grow. */
export const lettersApp: AnyApp = app;
