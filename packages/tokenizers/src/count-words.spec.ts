import { countWords } from './train-bpe.js';

describe('countWords', () => {
  it('counts the words of all texts together', async () => {
    expect([...(await countWords(['the sea the', ' sea, the']))]).toEqual([
      ['the', 1],
      [' sea', 2],
      [' the', 2],
      [',', 1],
    ]);
  });

  it('lets no word go from one text into the next', async () => {
    expect([...(await countWords(['wha', 'le']))]).toEqual([
      ['wha', 1],
      ['le', 1],
    ]);
  });

  it('counts a lone surrogate as U+FFFD', async () => {
    expect([...(await countWords(['\ud83d', '\ufffd', '\ud83d']))]).toEqual([['\ufffd', 3]]);
  });
});
