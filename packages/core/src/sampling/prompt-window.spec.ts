import { modelConfig } from '../config/model-config.js';
import { decoderOf } from '../model/decoder.js';
import { lastTokens, promptWindow } from './prompt-window.js';

const causal = decoderOf(modelConfig({ vocabSize: 9, contextLength: 4 }));
const prefix = decoderOf(modelConfig({ vocabSize: 9, contextLength: 4, attention: 'prefix' }));

describe('promptWindow', () => {
  it('keeps a prompt that fits unchanged', () => {
    const prompt = { tokens: [1, 2, 3, 4], prefixLength: 2 };
    expect(promptWindow(prefix, prompt)).toBe(prompt);
  });

  it('keeps the end of a prompt that is too long', () => {
    expect(promptWindow(causal, { tokens: [1, 2, 3, 4, 5] })).toEqual({ tokens: [2, 3, 4, 5] });
    expect(promptWindow(causal, { tokens: [1, 2, 3] }, { room: 1 })).toEqual({ tokens: [3] });
  });

  it('does not cut a prefix', () => {
    expect(() => promptWindow(prefix, { tokens: [1, 2, 3, 4, 5] })).toThrow(
      new RangeError('prompt: expected at most 4 tokens (contextLength), got 5'),
    );
  });

  it('refuses an empty prompt', () => {
    expect(() => promptWindow(causal, { tokens: [] })).toThrow(
      new RangeError('prompt: expected at least one token, got none'),
    );
  });
});

const windowOf = (...given: Parameters<typeof lastTokens>): number[] => {
  const { restated, kept } = lastTokens(...given);
  return [...restated, ...kept];
};

const OPEN = 1;
const CLOSE = 2;

/** Restates open brackets. */
const brackets = {
  restate: (forgotten: ArrayLike<number>): number[] => {
    const open: number[] = [];
    for (const id of Array.from(forgotten)) {
      if (id === OPEN) open.push(id);
      else if (id === CLOSE) open.pop();
    }
    return open;
  },
};

describe('lastTokens', () => {
  it('keeps the end of a sequence', () => {
    expect(windowOf([4, 5, 6, 7], 3, undefined)).toEqual([5, 6, 7]);
    expect(windowOf([4, 5, 6, 7], 1, brackets)).toEqual([7]);
  });

  it('restates the state that dropped tokens left, in place of the oldest kept tokens', () => {
    expect(windowOf([OPEN, 4, 5, 6, 7], 3, brackets)).toEqual([OPEN, 6, 7]);
    expect(windowOf([OPEN, OPEN, CLOSE, 5, 6, 7], 4, brackets)).toEqual([OPEN, 5, 6, 7]);
  });

  it('includes the state that these oldest tokens leave', () => {
    expect(windowOf([OPEN, 4, OPEN, 5, 6, 7], 4, brackets)).toEqual([OPEN, OPEN, 6, 7]);
    // The bracket that would be restated is closed by a token that the restated tokens would replace.
    expect(windowOf([OPEN, 4, CLOSE, 5, 6, 7], 4, brackets)).toEqual([5, 6, 7]);
  });

  it('keeps only the end if restated tokens would leave no room for it', () => {
    expect(windowOf([OPEN, OPEN, OPEN, 7], 3, brackets)).toEqual([OPEN, OPEN, 7]);
    expect(windowOf([OPEN, OPEN, OPEN, OPEN, 7], 2, brackets)).toEqual([OPEN, 7]);
  });
});
