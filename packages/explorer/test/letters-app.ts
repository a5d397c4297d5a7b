import type { AnyApp, App, Domain } from '@ramble/core';
import {
  answerFeature,
  outputRulesFeature,
  scoringFeature,
  streamOutputFeature,
} from '@ramble/core/app';

const LETTERS = 'abcdefghijklmnopqrstuvwxyz ';
/** Id of the token that ends an output. An empty prompt is encoded as this token. */
export const END = LETTERS.length;

const idsOf = (text: string): number[] =>
  Array.from(text, (letter) => {
    const id = LETTERS.indexOf(letter);
    if (id < 0) throw new RangeError(`text: expected small letters, got ${text}`);
    return id;
  });
const textOf = (ids: readonly number[]): string => ids.map((id) => LETTERS[id] ?? '').join('');

/** A domain of texts in lowercase letters and spaces; each character is a token. */
export const lettersDomain: Domain<string, string, string> = {
  name: 'letters',
  vocabulary: {
    size: END + 1,
    describe: (id) => (id === END ? '<end>' : JSON.stringify(LETTERS[id])),
  },
  stopTokens: [END],
  encodeExample: (text) => ({ tokens: idsOf(text), lossWeights: idsOf(text).map(() => 1) }),
  encodePrompt: (text) => ({ tokens: text === '' ? [END] : idsOf(text) }),
  decodeOutput: textOf,
};

const app: App<string, string, string, object> = {
  name: 'letters',
  description: 'Small letters.',
  factory: {
    fit: () => Promise.resolve(lettersDomain),
    save: () => ({}),
    load: () => Promise.resolve(lettersDomain),
  },
  options: {},
  packing: 'stream',
  data: {
    extensions: ['.txt'],
    readExamples: () => {
      throw new Error('not for training');
    },
  },
  readPrompt: (content) => new TextDecoder().decode(content),
  readOutput: (content) => new TextDecoder().decode(content),
  showOutput: (text) => ({ kind: 'text', text }),
  features: streamOutputFeature.with(() => ({ push: (id) => textOf([id]), end: () => '' })),
};

/** An app that continues a text of small letters. */
export const lettersApp: AnyApp = app;

/**
 * An app whose outputs are files, and whose prompts have the settings `primer` and `melody` (files) and `seconds`.
 */
export const filesApp: AnyApp = {
  ...app,
  name: 'files',
  packing: 'pieces',
  showOutput: (text) => ({
    kind: 'file',
    extension: '.mid',
    bytes: new TextEncoder().encode(`MThd${String(text)}`),
  }),
  prompting: {
    files: ['primer', 'melody'],
    settings: {
      primer: { kind: 'string', derived: 'none', description: 'A file.' },
      melody: { kind: 'string', derived: 'none', description: 'Another file.' },
      seconds: { kind: 'number', min: 0, derived: 'all', description: 'Seconds of it.' },
    },
    apply: (prompt, { melody, seconds = 9 }: { melody?: string; seconds?: number }) =>
      `${melody === undefined ? '' : 'm'}${String(prompt).slice(0, seconds)}`,
  },
  features: outputRulesFeature.with({
    settings: { most: { kind: 'integer', min: 0, default: 3, description: 'The last letter.' } },
    sampling: () => ({ maxNewTokens: 7 }),
    grammar: ({ most }: { most: number }) => ({
      start: () => 0,
      advance: (count: number) => count + 1,
      allowed: () => Array.from({ length: most + 1 }, (_, id) => id),
      mustEnd: () => false,
    }),
  }),
};

/** An app that answers prompts by beam search and scores answers. */
export const answersApp: AnyApp = {
  ...app,
  name: 'answers',
  packing: 'examples',
  sampling: { method: 'greedy', numBeams: 3, maxNewTokens: 5 },
  features: {
    ...answerFeature.with((prompt) => (prompt === '' ? 'nothing' : undefined)),
    ...scoringFeature.with({
      promptOf: (example) => example,
      exampleOf: (prompt, reference) => [prompt, reference],
      score: ([output], [example]) => [
        { name: 'same', score: output === (example as string[])[1] ? 100 : 0, signature: 'exact' },
      ],
    }),
  },
};
