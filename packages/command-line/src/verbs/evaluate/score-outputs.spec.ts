import { createModel, samplingConfig, trainingConfig } from '@ramble/core';
import type { RunDescription } from '@ramble/runs';

import { cpuEngine } from '../../../test/cpu-engine.js';
import { reversalApp } from '../../../test/reversal-app.js';
import type { FoundData } from '../../data/find-data.js';
import { shareOf } from '../../data/read-data.js';
import { learnedExamples, scoreOutputs } from './score-outputs.js';

const examples = Array.from({ length: 9 }, (_, i) => ({
  word: 'ab'.repeat(1 + (i % 3)),
  index: i,
}));
const scored: unknown[][] = [];
const app = {
  ...reversalApp,
  scoring: {
    promptOf: (example: unknown) => (example as { readonly word: string }).word,
    score: (outputs: readonly unknown[], of: readonly unknown[]) => {
      scored.push([...of]);
      return [{ name: 'count', score: outputs.length, signature: '' }];
    },
  },
};

async function run(stopAt: RegExp): Promise<readonly [score: number | undefined, said: string[]]> {
  await cpuEngine.load();
  const domain = await reversalApp.factory.load({});
  const config = { nLayer: 1, nHead: 1, nEmbd: 4, contextLength: 16, vocabSize: 28 };
  const model = createModel(config);
  const notes: string[] = [];
  let interrupt = (): void => undefined;
  const output = {
    progress: (text: string) => {
      if (stopAt.test(text)) interrupt();
    },
    warn: (text: string) => Promise.resolve(void notes.push(text)),
  };
  const io = {
    clock: performance,
    onInterrupt: (listener: () => void) => ((interrupt = listener), () => undefined),
  };
  const open = { domain, model, description: { domain: { name: 'another' } } };
  const sampling = samplingConfig({ method: 'greedy', maxNewTokens: 3 });
  try {
    const result = await scoreOutputs(
      { app, output, io } as never,
      open as never,
      { examples: () => examples },
      sampling,
    );
    return [result?.scores[0].score, notes];
  } finally {
    model.dispose();
  }
}

describe('scoreOutputs', () => {
  it('scores all outputs', async () => {
    expect(await run(/never/)).toEqual([9, []]);
    expect(scored.at(-1)).toEqual(examples);
  });

  it('scores the complete outputs when Ctrl-C ends the sampling, and prints their number', async () => {
    const [count = 0, said] = await run(/writing: [3-9]\d %/);
    expect(count).toBeGreaterThanOrEqual(3);
    expect(count).toBeLessThan(9);
    expect(said).toEqual([
      'stopping; a second Ctrl-C stops at once',
      `outputs are scored on ${count} of 9 examples, as sampling was stopped`,
    ]);
    const indices = (scored.at(-1) as typeof examples).map(({ index }) => index);
    expect(indices).toEqual([...indices].sort((a, b) => a - b));
  });
});

const WORDS = Array.from('abcdefghijklmnopqrst');
const data: FoundData = {
  flag: 'data',
  files: [
    {
      name: 'words.rev',
      chunks: async function* () {
        yield await Promise.resolve(Buffer.from(WORDS.map((word) => `${word}:${word}`).join('\n')));
      },
    },
  ],
  sha256: '',
  descriptions: [],
  validation: [],
};
const file = { path: 'words.rev', sha256: '' };

async function wordsOf(
  description: Partial<Pick<RunDescription, 'data' | 'split' | 'training'>>,
): Promise<string[]> {
  const run = { data: { data: file }, training: trainingConfig({}), ...description };
  const examples = await learnedExamples(reversalApp, data, run);
  return examples.map((example) => (example as { word: string }).word);
}

describe('learnedExamples', () => {
  it('are all examples except the validation examples', async () => {
    expect(await wordsOf({})).toEqual(WORDS.slice(0, 18));
  });

  it.each(['valid', 'valid-source'])(
    'are all examples if other data was for validation: %s',
    async (name) => {
      expect(await wordsOf({ data: { data: file, [name]: file } })).toEqual(WORDS);
    },
  );

  it('equal the fraction of the examples that the run learned from', async () => {
    const training = trainingConfig({ dataShare: 0.5, seed: 3 });
    const words = await wordsOf({ training });
    expect(words).toEqual(shareOf(WORDS.slice(0, 18), training));
    expect(words.length).toBeLessThan(18);
  });

  it('have no text in common with the held-out examples', async () => {
    const textsOf = (example: unknown): string[] => [(example as { word: string }).word];
    const run = {
      data: { data: file },
      split: 'components',
      training: trainingConfig({}),
    } as const;
    const examples = await learnedExamples(
      { ...reversalApp, data: { ...reversalApp.data, textsOf } },
      data,
      run,
    );
    expect(examples).toHaveLength(18);
    expect(examples).not.toEqual(await learnedExamples(reversalApp, data, run)); // other examples than the first 18
  });
});
