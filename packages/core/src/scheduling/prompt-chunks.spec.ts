import { chunkEnd, sharedChunks, wholeChunks } from './prompt-chunks.js';

const prompt = { tokens: [3, 1, 4, 1, 5, 9, 2] };

describe('chunkEnd', () => {
  it('cuts a prompt into parts of one length, except a prefix and the last part', () => {
    expect([0, 3, 6].map((from) => chunkEnd(prompt, from, 3))).toEqual([3, 6, 7]);
    const prefixed = { ...prompt, prefixLength: 5 };
    expect([0, 5].map((from) => chunkEnd(prefixed, from, 2))).toEqual([5, 7]);
  });
});

describe('wholeChunks', () => {
  it('is the last cut within a number of tokens', () => {
    expect([0, 2, 3, 5, 6, 7].map((length) => wholeChunks(prompt, length, 3))).toEqual([
      0, 0, 3, 3, 6, 6,
    ]);
    const prefixed = { ...prompt, prefixLength: 5 };
    expect([4, 5, 6, 7].map((length) => wholeChunks(prefixed, length, 2))).toEqual([0, 5, 5, 7]);
  });
});

describe('sharedChunks', () => {
  const held = { prompt, chunkedCount: 7 };
  const sharedWith = (tokens: number[], prefixLength?: number, chunkedCount = 7): number =>
    sharedChunks({ prompt, chunkedCount }, { tokens, prefixLength }, 2);

  it('is the whole parts at the start of both that were read', () => {
    expect(sharedWith([3, 1, 4, 1, 6, 9])).toBe(4);
    expect(sharedWith([3, 1, 4, 2, 5])).toBe(2);
    expect(sharedWith([2, 1, 4, 1])).toBe(0);
    expect(sharedWith([3, 1, 4, 1, 6, 9], undefined, 3)).toBe(2);
  });

  it('excludes the last token, whose logits are needed', () => {
    expect(sharedWith([3, 1, 4, 1])).toBe(2);
    expect(sharedChunks(held, prompt, 7)).toBe(0);
  });

  it('is 0 for a prompt with another prefix', () => {
    expect(sharedWith([3, 1, 4, 1, 6], 2)).toBe(0);
    expect(
      sharedChunks({ prompt: { ...prompt, prefixLength: 2 }, chunkedCount: 7 }, prompt, 2),
    ).toBe(0);
  });
});
