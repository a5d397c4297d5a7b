import { memoryTokens } from '@ramble/core';
import type { TokenSource } from '@ramble/core/files';
import fc from 'fast-check';

import type { DocumentStarts } from './open-token-file.js';
import { splitTokens } from './prepare-tokens.js';

const tokens = (length: number): TokenSource =>
  memoryTokens(Array.from({ length }, (_, index) => index));
const startsAt = (...starts: number[]): DocumentStarts => ({
  count: starts.length,
  start: (document) => Promise.resolve(starts[document]),
});
const read = async (source: TokenSource): Promise<number[]> =>
  Array.from(await source.read(0, source.length));

describe('splitTokens', () => {
  it.each([
    [1_115_394, 1_003_854], // tinyshakespeare: nanoGPT trains on 1,003,854 characters
    [10, 9],
    [19, 17],
    [3, 2],
    [2, 1],
  ])('cuts a text of %d at nanoGPT’s %d', async (length, cut) => {
    const { train, validation } = await splitTokens(tokens(length), startsAt(0));
    expect([train.length, validation.length]).toEqual([cut, length - cut]);
  });

  it('gives the beginning and the end', async () => {
    const options = { validationShare: 0.25 };
    const { train, validation } = await splitTokens(tokens(8), startsAt(0), options);
    expect(await read(train)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(await read(validation)).toEqual([6, 7]);
    expect(Array.from(await validation.read(1, 1))).toEqual([7]);
  });

  it('cuts nine documents anywhere and ten at the start of one', async () => {
    const nine = startsAt(0, 10, 20, 30, 40, 50, 60, 70, 83);
    const ten = startsAt(0, 10, 20, 30, 40, 50, 60, 70, 83, 97);
    expect((await splitTokens(tokens(100), nine)).train.length).toBe(90);
    expect((await splitTokens(tokens(100), ten)).train.length).toBe(83);
  });

  it('takes the start nearest to the cut, never the first', async () => {
    const starts = fc
      .uniqueArray(fc.integer({ min: 1, max: 199 }), { minLength: 9, maxLength: 40 })
      .map((some) => [0, ...some.sort((a, b) => a - b)]);
    const shares = fc.double({ min: 0.01, max: 0.99, noNaN: true });
    await fc.assert(
      fc.asyncProperty(starts, shares, async (all, validationShare) => {
        const { train } = await splitTokens(tokens(200), startsAt(...all), { validationShare });
        const wanted = Math.max(1, Math.floor(200 * (1 - validationShare)));
        const distance = (start: number): number => Math.abs(start - wanted);
        expect(all.slice(1)).toContain(train.length);
        expect(distance(train.length)).toBe(Math.min(...all.slice(1).map(distance)));
      }),
    );
  });

  it('does not read over the cut', async () => {
    const { train, validation } = await splitTokens(tokens(20), startsAt(0));
    await expect(train.read(17, 2)).rejects.toThrow(
      new RangeError('tokens: expected 2 from position 17, got a source of 18 tokens'),
    );
    await expect(validation.read(-1, 1)).rejects.toThrow(
      new RangeError('tokens: expected 1 from position -1, got a source of 2 tokens'),
    );
  });

  it.each([0, 1, -0.1, NaN])('refuses a validation share of %d', async (validationShare) => {
    await expect(splitTokens(tokens(20), startsAt(0), { validationShare })).rejects.toThrow(
      new RangeError(`validationShare: expected a number between 0 and 1, got ${validationShare}`),
    );
  });

  it('refuses a single token', async () => {
    await expect(splitTokens(tokens(1), startsAt(0))).rejects.toThrow(
      new RangeError(
        'data: expected at least 2 tokens to split into training and validation, got 1; use more text',
      ),
    );
  });
});
