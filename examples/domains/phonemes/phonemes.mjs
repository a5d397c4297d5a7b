// Words to phonemes of the CMU Pronouncing Dictionary: HELLO -> HH AH L OW.
import { fileLines, fingerprint, pairExample, pairPrompt } from '@ramble/core';

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ'";
const VOWELS = 'AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW';
const CONSONANTS = 'B CH D DH F G HH JH K L M N NG P R S SH T TH V W Y Z ZH';
const PHONEMES = `${VOWELS} ${CONSONANTS}`.split(' ');
const NAMES = [...LETTERS, ...PHONEMES, '<says>', '<end>'];
const [SAYS, END] = [NAMES.length - 2, NAMES.length - 1];
const idsOf = (symbols, alphabet, first) =>
  symbols.map((symbol) => {
    if (alphabet.includes(symbol)) return first + alphabet.indexOf(symbol);
    throw new RangeError(`word: expected letters or phonemes of CMUdict, got ${symbol}`);
  });
const lettersOf = (word) => idsOf(Array.from(word), LETTERS, 0);
const phonemesOf = (spoken) => idsOf(spoken.split(' '), PHONEMES, LETTERS.length);
const oneOf = (ways, random) => ways[random.integer(0, ways.length)];

/** @type {import('@ramble/core').Domain<{ word: string, spoken: string[] }, string, string>} */
export const phonemes = {
  name: 'phonemes',
  vocabulary: { size: NAMES.length, describe: (id) => NAMES[id] },
  stopTokens: [END],
  encodeExample: ({ word, spoken: [first] }) => {
    const pair = { source: lettersOf(word), separator: SAYS, target: phonemesOf(first), end: END };
    return pairExample(pair, { sourceLoss: 0 });
  },
  encodePrompt: (word) => pairPrompt({ source: lettersOf(word), separator: SAYS }),
  decodeOutput: (tokens) => tokens.flatMap((id) => PHONEMES[id - LETTERS.length] ?? []).join(' '),
  augment: ({ word, spoken }, random) => ({ word, spoken: [oneOf(spoken, random)] }),
};

/** Yields entries in the order of their words' hashes, so that the held-out end is like the rest. */
async function* readExamples(files) {
  const entries = new Map();
  for (const file of files) {
    for await (const line of fileLines(file)) {
      const [, word, spoken] = /^([A-Z']+)(?:\(\d+\))? +([A-Z\d ]+)/.exec(line.toUpperCase()) ?? [];
      if (!word) continue; // comments, and words with other characters
      const ways = entries.get(word) ?? new Set();
      entries.set(word, ways.add(spoken.trim().replace(/\d/g, ''))); // without stress
    }
  }
  const byHash = [...entries].map(([word, spoken]) => [fingerprint({ word }), word, spoken]);
  byHash.sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [, word, spoken] of byHash) yield { word, spoken: [...spoken] };
}

/**
 * Computes the minimum number of symbols to insert, delete or replace, with a row of the table for each
 * symbol of `a`.
 */
function editDistance(a, b) {
  const cell = (row, next, isSame, j) =>
    Math.min(row[j] + (isSame ? 0 : 1), row[j + 1] + 1, next[j] + 1);
  const rowAfter = (row, symbol) =>
    b.reduce((next, other, j) => [...next, cell(row, next, symbol === other, j)], [row[0] + 1]);
  return a.reduce(rowAfter, [0, ...b.map((_, j) => j + 1)])[b.length];
}

/** Computes word and phoneme error rates against the nearest pronunciation of each word. */
function score(outputs, examples) {
  const nearest = outputs.map((output, i) => {
    const said = output.split(' ').filter(Boolean);
    const ways = examples[i].spoken.map((way) => way.split(' '));
    const edits = ways.map((way) => ({ edits: editDistance(said, way), count: way.length }));
    return edits.reduce((best, each) => (each.edits < best.edits ? each : best));
  });
  const sum = (of) => nearest.reduce((total, each) => total + of(each), 0);
  const WER = (100 * sum(({ edits }) => (edits > 0 ? 1 : 0))) / nearest.length;
  const PER = (100 * sum(({ edits }) => edits)) / sum(({ count }) => count);
  const signature = `words:${nearest.length}|ways:all|stress:none`;
  const scores = Object.entries({ 'words right': 100 - WER, WER, PER });
  return scores.map(([name, value]) => ({ name, score: value, signature }));
}

/** Baseline: the most frequent phoneme of each letter, in words with as many phonemes as letters. */
async function baselines(examples, training = []) {
  const counts = {};
  for await (const { word, spoken } of training) {
    const symbols = spoken[0].split(' ');
    if (symbols.length !== word.length) continue;
    for (const [i, symbol] of symbols.entries()) {
      const own = (counts[word[i]] ??= {});
      own[symbol] = (own[symbol] ?? 0) + 1;
    }
  }
  const most = (own = {}) => Object.entries(own).sort(([, a], [, b]) => b - a)[0]?.[0] ?? [];
  const says = (word) => Array.from(word).flatMap((letter) => most(counts[letter]));
  const outputs = examples.map(({ word }) => says(word).join(' '));
  return [{ name: 'letter by letter', outputs }];
}

/** @type {import('@ramble/core').App<{ word: string, spoken: string[] }, string, string, object>} */
export default {
  name: 'phonemes',
  description: 'Words to phonemes.',
  factory: {
    fit: async () => phonemes, // the domain needs nothing from the words
    save: () => ({ 'phonemes.json': JSON.stringify(NAMES) }),
    load: async () => phonemes,
  },
  options: {},
  packing: 'examples',
  data: { extensions: ['.txt'], readExamples },
  readPrompt: (content) => new TextDecoder().decode(content).trim().toUpperCase(),
  showOutput: (spoken) => ({ kind: 'text', text: spoken }),
  sampling: { method: 'greedy', maxNewTokens: 40 },
  presets: {
    cmudict: {
      ...{ nLayer: 6, nHead: 4, nEmbd: 256, contextLength: 80, attention: 'prefix', dropout: 0.1 },
      ...{ batchSize: 64, maxSteps: 7000, learningRate: 1.5e-3, beta2: 0.98, warmupSteps: 400 },
      bestBy: 'score',
      ...{ evalInterval: 1000, saveInterval: 1000, scoredExamples: 500 }, // some 11,000 words
    },
  },
  features: {
    answer: (word) => (word === '' ? '' : undefined),
    promptExamples: ['whale', 'thought', 'knightly'],
    scoring: { promptOf: ({ word }) => word, score, baselines },
  },
};
