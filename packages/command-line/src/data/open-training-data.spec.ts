import { type TokenExample, trainingConfig } from '@ramble/core';

import { tunesApp } from '../../test/tunes-app.js';
import type { FoundData } from './find-data.js';
import { openPieceData } from './open-training-data.js';

/** One letter each. */
const TUNES = ['aaaa', 'bbbbbb', 'ccccc', 'dddd', 'eeeee', 'ffffff'];
const data: FoundData = {
  flag: 'data',
  files: TUNES.map((tune) => ({
    name: tune,
    chunks: async function* () {
      yield await Promise.resolve(Buffer.from(tune));
    },
  })),
  sha256: '',
  descriptions: [],
  validation: [],
};
const END = 8;

/** A domain's segments: the halves of a tune, each from its second letter on. */
function* halves({ tokens }: TokenExample): Generator<TokenExample> {
  const letters = Array.from(tokens).slice(1, -1);
  const middle = Math.ceil(letters.length / 2);
  for (const half of [letters.slice(0, middle), letters.slice(middle)]) {
    const own = [END, ...half, END];
    yield { tokens: own, lossWeights: own.map((_, i) => Number(i > 1)) };
  }
}

describe('openPieceData', () => {
  const open = async () => {
    const domain = { ...(await tunesApp.factory.load({})), segments: halves, augment: undefined };
    const training = trainingConfig({ batchSize: 2 });
    return openPieceData({ app: tunesApp, domain, data, config: { contextLength: 4 }, training });
  };

  it('learns segments if the domain makes them, with all segments of a piece on one side', async () => {
    const { batches, validation, summary } = await open();
    expect(summary).toMatch(/^5 pieces of \d+ tokens to train on, 1 piece of/);
    const learned: number[] = [];
    for (let i = 0; i < 5; i++) learned.push(...(await batches.batch(i)).targets);
    const validated: number[] = [];
    for await (const { targets, batchSize } of validation()) {
      expect(batchSize).toBe(2); // both halves
      validated.push(...targets);
    }
    const letters = (ids: readonly number[]): number[] =>
      [...new Set(ids)].filter((id) => id < END).sort((x, y) => x - y);
    expect(letters(validated)).toHaveLength(1);
    expect(letters([...learned, ...validated])).toEqual([0, 1, 2, 3, 4, 5]);
    expect(letters(learned)).toHaveLength(5);
  });

  it('lets final outputs answer the tokens before the first one that counts', async () => {
    const { prompts } = await open();
    expect(prompts.map(({ tokens }) => tokens.length)).toEqual([2, 2]);
  });
});
