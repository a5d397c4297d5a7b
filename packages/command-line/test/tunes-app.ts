import type { AnyApp, App, DataFile, Domain, DomainFactory, ReadingOptions } from '@ramble/core';
import { outputRulesFeature } from '@ramble/core/app';

import {
  attentionPictureFeature,
  measureFeature,
  outputExtensionsFeature,
  statisticsFeature,
} from '../src/features.js';

const LETTERS = 'abcdefgh';
const END = LETTERS.length;

type Tunes = Domain<string, string, string>;

function idsOf(tune: string): number[] {
  return Array.from(tune, (letter) => {
    const id = LETTERS.indexOf(letter);
    if (id < 0) throw new RangeError(`tune: expected letters from a to h, got ${letter}`);
    return id;
  });
}
const tuneOf = (tokens: readonly number[]): string =>
  tokens.map((id) => LETTERS[id] ?? '').join('');

const domain: Tunes = {
  name: 'tunes',
  vocabulary: { size: END + 1, describe: (id) => LETTERS[id] ?? '<end>' },
  stopTokens: [END],
  encodeExample: (tune) => {
    const tokens = [END, ...idsOf(tune), END];
    return { tokens, lossWeights: tokens.map(() => 1) };
  },
  encodePrompt: (tune) => ({ tokens: [END, ...idsOf(tune)] }),
  decodeOutput: tuneOf,
  /** Augments a tune by an octave: letters that are not in any tune of the tests. */
  augment: (tune, random) => (random.integer(0, 2) === 0 ? tune : tune.replaceAll('a', 'h')),
};

const factory: DomainFactory<Tunes, string, object> = {
  fit: async (examples) => {
    const read: string[] = []; // reads all tunes, as a learned domain would
    for await (const tune of examples) read.push(tune);
    return domain;
  },
  save: () => ({ 'tunes.json': JSON.stringify(LETTERS) }),
  load: () => Promise.resolve(domain),
};

async function* readExamples(
  files: readonly DataFile[],
  { onSkip }: ReadingOptions = {},
): AsyncGenerator<string> {
  for (const file of files) {
    let text = '';
    for await (const chunk of file.chunks()) text += Buffer.from(chunk).toString();
    if (text !== '') yield text.trim();
    else if (onSkip) onSkip(`${file.name}: expected a tune, got none`);
    else throw new RangeError(`${file.name}: expected a tune, got none`);
  }
}

const app: App<string, string, string, object> = {
  name: 'tunes',
  description: 'Tunes of letters, one piece per file.',
  factory,
  options: {},
  packing: 'pieces',
  data: { extensions: ['.tune'], readExamples },
  readPrompt: (content, { onRepair } = {}) => {
    const tune = Buffer.from(content).toString().trim();
    if (tune !== tune.toLowerCase()) onRepair?.('prompt: expected small letters, got capitals');
    return tune.toLowerCase();
  },
  showOutput: (tune, extension, prompt) => {
    if (extension === '.parts') {
      return { kind: 'text', text: `${prompt}|${tune.slice(prompt?.length)}` };
    }
    return extension === '.txt'
      ? { kind: 'text', text: `${tune}\n` }
      : { kind: 'file', extension: '.tune', bytes: Buffer.from(tune) };
  },
  prompting: {
    settings: {
      opening: { kind: 'string', derived: 'none', description: 'A tune to continue.' },
      theme: {
        kind: 'string',
        derived: 'none',
        description: 'A tune whose reverse to continue.',
      },
      openingLetters: {
        kind: 'integer',
        min: 0,
        default: 99,
        description: 'Number of its letters to use.',
      },
    },
    files: ['opening', 'theme'],
    apply: (prompt, options) => {
      const { theme, openingLetters } = options as { theme?: string; openingLetters: number };
      const tune = theme === undefined ? prompt : Array.from(prompt).reverse().join('');
      return tune.slice(0, openingLetters);
    },
  },
  features: {
    ...outputExtensionsFeature.with(['.tune', '.txt', '.parts']),
    ...outputRulesFeature.with({
      settings: {
        letters: {
          kind: 'string',
          default: LETTERS,
          description: 'Letters that an output may contain.',
        },
      },
      sampling: () => ({ maxNewTokens: 5 }),
      grammar: (options, { maxNewTokens }) => ({
        start: () => maxNewTokens,
        advance: (left) => (left as number) - 1,
        // The last letter is always an h.
        allowed: (left) => (left === 1 ? [7] : idsOf((options as { letters: string }).letters)),
        mustEnd: () => false,
      }),
    }),
    ...statisticsFeature.with((outputs: readonly string[]) => [
      { name: 'letters', value: outputs.join('').length / outputs.length },
      {
        name: 'which',
        shares: {
          a: outputs.filter((tune) => tune.includes('a')).length,
          'h at the end': outputs.filter((tune) => tune.endsWith('h')).length,
        },
      },
    ]),
    ...attentionPictureFeature.with(({ tokens, attention }) => ({
      kind: 'notes',
      notes: tokens.map(({ token }, i) => ({
        startStep: 10 * i,
        endStep: 10 * i + 10,
        pitch: 60 + token,
        velocity: 100,
        isMelody: false,
      })),
      nHead: attention[0].length,
      layers: attention.map(() => tokens.map(() => [])),
    })),
    ...measureFeature.with((tune: string) => ({ note: tune.length, second: tune.length / 2 })),
  },
};

/** An app of pieces that are longer than the context, and of outputs that are files. */
export const tunesApp: AnyApp = app; // hides the app's own types
