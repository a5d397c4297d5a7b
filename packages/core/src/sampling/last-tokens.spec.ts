import { lastTokens } from './prompt-lookup.js';

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
