// A domain: the meaning of your tokens. Here an example is a line of text, and a token is one of its characters.
import { fileLines } from '@ramble/core';

/**
 * Makes a domain of some characters. One more token after them begins and ends sequences.
 *
 * @param {readonly string[]} characters
 */
export function makeDomain(characters) {
  const END = characters.length;
  const encode = (text) =>
    Array.from(text, (character) => {
      const id = characters.indexOf(character);
      if (id >= 0) return id;
      throw new RangeError(`text: expected characters of the data, got ${character}`);
    });
  return {
    name: 'my-domain',
    characters,
    vocabulary: { size: END + 1, describe: (id) => characters[id] ?? '<end>' },
    stopTokens: [END],
    encodeExample: (text) => {
      if (text === '') throw new RangeError('text: expected at least a character, got none');
      const tokens = [END, ...encode(text), END];
      return { tokens, lossWeights: tokens.map(() => 1) }; // 0 for tokens that need not be learned
    },
    encodePrompt: (beginning) => ({ tokens: [END, ...encode(beginning)] }),
    encodeOutput: (text) => [...encode(text), END],
    decodeOutput: (tokens) => tokens.map((id) => characters[id] ?? '').join(''),
  };
}

const textOf = (content) => new TextDecoder().decode(content).trim();

/** The app of the domain: it reads data and writes outputs. */
export default {
  name: 'my-domain',
  description: 'Lines of text, a character a token.',
  factory: {
    fit: async (lines) => {
      const found = new Set();
      for await (const line of lines) for (const character of line) found.add(character);
      if (found.size === 0) throw new RangeError('data: expected lines of text, got none');
      return makeDomain([...found].sort());
    },
    save: ({ characters }) => ({ 'characters.json': JSON.stringify(characters) }),
    load: async (files) => makeDomain(JSON.parse(files['characters.json'])),
  },
  options: {}, // your own settings, which become flags of `train`
  packing: 'examples', // each example is a separate sequence
  data: {
    extensions: ['.txt'],
    async *readExamples(files) {
      for (const file of files) {
        for await (const line of fileLines(file)) if (line !== '') yield line;
      }
    },
  },
  readPrompt: textOf,
  readOutput: textOf,
  showOutput: (text) => ({ kind: 'text', text }),
  presets: {
    tiny: {
      ...{ nLayer: 2, nHead: 2, nEmbd: 64, contextLength: 32 },
      ...{ batchSize: 16, maxSteps: 300, learningRate: 3e-3, dropout: 0.1 },
    },
  },
  features: {
    oneLine: true, // `sample` prints an output per line
  },
};
