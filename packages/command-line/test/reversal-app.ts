import type { AnyApp, App, DataFile, Domain, DomainFactory } from '@ramble/core';
import { answerFeature, type FileArtifact } from '@ramble/core/app';

import { type Companion, companionFeature } from '../src/features.js';

interface Example {
  readonly word: string;
  readonly reversed: string;
}
type Reversal = Domain<Example, string, string>;

const COLON = 26;
const END = 27;

const idsOf = (word: string): number[] => Array.from(word, (letter) => letter.charCodeAt(0) - 97);
const wordOf = (ids: readonly number[]): string =>
  ids.map((id) => String.fromCharCode(97 + id)).join('');

const domain: Reversal = {
  name: 'reversal',
  vocabulary: { size: END + 1, describe: (id) => [':', '<end>'][id - COLON] ?? wordOf([id]) },
  stopTokens: [END],
  encodeExample: ({ word, reversed }) => {
    const tokens = [...idsOf(word), COLON, ...idsOf(reversed), END];
    return { tokens, lossWeights: tokens.map((_, i) => (i > word.length ? 1 : 0)) };
  },
  encodePrompt: (word) => ({ tokens: [...idsOf(word), COLON] }),
  decodeOutput: wordOf,
  cutPrompt: ({ tokens }, room) => {
    return room > 1 ? { tokens: [...Array.from(tokens).slice(0, room - 1), COLON] } : undefined;
  },
};

const factory: DomainFactory<Reversal, Example, object> = {
  fit: () => Promise.resolve(domain),
  save: () => ({ 'reversal.json': '{}' }),
  load: () => Promise.resolve(domain),
};

/** A companion that repeats the output in capitals. */
const companion: Companion<string, { readonly loud: boolean }> = {
  settings: {
    loud: { kind: 'boolean', default: false, description: 'Write it in capitals, too.' },
  },
  setting: 'loud',
  extension: '.loud',
  open: ({ loud }) => {
    const make = (text: string): Promise<FileArtifact> => {
      const bytes = new TextEncoder().encode(text.toUpperCase());
      return Promise.resolve({ kind: 'file', extension: '.loud', bytes });
    };
    return Promise.resolve(loud ? { make } : undefined);
  },
};

const app: App<Example, string, string, object> = {
  name: 'reversal',
  description: 'Words and their reversals: abc:cba.',
  factory,
  options: {},
  packing: 'examples',
  data: {
    extensions: ['.rev'],
    readExamples: async function* (files, { onSkip } = {}) {
      for (const file of files) {
        let empty = 0;
        for await (const chunk of file.chunks()) {
          for (const line of Buffer.from(chunk).toString().trim().split('\n')) {
            const [word, reversed] = line.split(':');
            if (word === '') empty++;
            else yield { word, reversed };
          }
        }
        if (empty > 0) onSkip?.(`${empty} empty lines`);
      }
    },
    readParallel: async function* (words, reversals) {
      const linesOf = async (file: DataFile): Promise<string[]> =>
        (await wholeText(file)).split('\n');
      const [firsts, seconds] = [await linesOf(words), await linesOf(reversals)];
      for (const [i, word] of firsts.entries()) yield { word, reversed: seconds[i] };
    },
    readFilePair: async function* (wordFile, reversalFile) {
      const [word, reversed] = await Promise.all([wordFile, reversalFile].map(wholeText));
      yield { word, reversed };
    },
  },
  readPrompt: (content) => Buffer.from(content).toString(),
  showOutput: (word) => ({ kind: 'file', extension: '.rev', bytes: Buffer.from(word) }),
  features: {
    ...companionFeature.with(companion),
    ...answerFeature.with((word: string) => (word === '' ? '' : undefined)),
  },
};

/** An app of whole examples, whose outputs are files. */
export const reversalApp: AnyApp = app;

async function wholeText(file: DataFile): Promise<string> {
  let text = '';
  for await (const chunk of file.chunks()) text += Buffer.from(chunk).toString();
  return text.trim();
}
