import { trainingConfig } from '@ramble/core';
import type { RunDescription } from '@ramble/runs';

import { reversalApp } from '../../test/reversal-app.js';
import type { FoundData } from './find-data.js';
import { learnedExamples } from '../verbs/evaluate/score-outputs.js';
import { shareOf } from './read-data.js';

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
