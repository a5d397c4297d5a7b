import { type AddedToken, addedTokenFinder, plainSpecialToken } from './added-tokens.js';

const special = (contents: readonly string[]): AddedToken[] =>
  contents.map((content, id) => plainSpecialToken(content, id));
const ordinary = (content: string, id: number, options: Partial<AddedToken> = {}): AddedToken => ({
  ...plainSpecialToken(content, id),
  isSpecial: false,
  ...options,
});

describe('addedTokenFinder', () => {
  it('takes contents literally and prefers the longest', () => {
    const find = addedTokenFinder(special(['<|endoftext|>', '<a', '<a-b>', '.*', '[x]$']));
    expect(find('<a-b><a.*z[x]$', true)).toEqual([
      { id: 2, from: 0, to: 5 },
      { id: 1, from: 5, to: 7 },
      { id: 3, from: 7, to: 9 },
      { id: 4, from: 10, to: 14 },
    ]);
  });

  it('finds ordinary tokens always, special ones only if they are allowed', () => {
    const find = addedTokenFinder([...special(['<s>']), ordinary('abc', 1)]);
    expect(find('<s>abc', false)).toEqual([{ id: 1, from: 3, to: 6 }]);
    expect(find('<s>abc', true).map(({ id }) => id)).toEqual([0, 1]);
  });

  it('leaves white space to the token that took it first', () => {
    const find = addedTokenFinder([
      ordinary('a', 1, { stripsRight: true }),
      ordinary('b', 2, { stripsLeft: true }),
    ]);
    expect(find(' a  b', false)).toEqual([
      { id: 1, from: 1, to: 4 },
      { id: 2, from: 4, to: 5 },
    ]);
  });
});
