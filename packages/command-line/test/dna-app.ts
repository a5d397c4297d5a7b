import type { App, Domain, DomainFactory, Grammar, Random } from '@ramble/core';

export type Dna = Domain<string, string, string>;

const LETTERS = 'ACGTN';
export const END = LETTERS.length;

const idsOf = (sequence: string): number[] =>
  Array.from(sequence, (letter) => {
    const id = LETTERS.indexOf(letter);
    if (id < 0) throw new RangeError(`sequence: expected letters of ${LETTERS}, got ${letter}`);
    return id;
  });

/** Allows every token after every token. */
const grammar: Grammar<undefined> = {
  start: () => undefined,
  advance: () => undefined,
  allowed: () => [0, 1, 2, 3, 4, END],
  mustEnd: () => false,
};

/** A correct domain of a user; tests change one part of it. */
export const dna: Dna = {
  name: 'dna',
  vocabulary: { size: END + 1, describe: (id) => LETTERS[id] ?? '<end>' },
  stopTokens: [END],
  encodeExample: (sequence) => {
    const tokens = [END, ...idsOf(sequence), END];
    return { tokens, lossWeights: tokens.map(() => 1) };
  },
  encodePrompt: (start) => ({ tokens: [END, ...idsOf(start)] }),
  decodeOutput: (tokens) => tokens.map((id) => LETTERS[id] ?? '').join(''),
  encodeOutput: (sequence) => [...idsOf(sequence), END],
  augment: (sequence: string, random: Random) =>
    random.integer(0, 2) === 0 ? sequence : Array.from(sequence).reverse().join(''),
  grammar,
};

export const dnaFactory: DomainFactory<Dna, string, object> = {
  fit: () => Promise.resolve(dna),
  save: () => ({ 'dna.txt': LETTERS }),
  load: () => Promise.resolve(dna),
};

export const dnaApp: App<string, string, string, object> = {
  name: 'dna',
  description: 'DNA, one letter per token.',
  factory: dnaFactory,
  options: {},
  packing: 'examples',
  data: {
    extensions: ['.txt'],
    readExamples: async function* () {
      yield await Promise.resolve('ACGT');
    },
  },
  readPrompt: (content) => new TextDecoder().decode(content).trim(),
  showOutput: (text) => ({ kind: 'text', text }),
};
