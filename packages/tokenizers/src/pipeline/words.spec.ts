import { blankCutter } from './words.js';

const unit = (character: string): number => character.charCodeAt(0);

describe('blankCutter', () => {
  it('cuts before a blank, but not after a character that merges with one', () => {
    const cut = blankCutter(new Set([unit('▁'), unit('>')]));
    expect(cut('▁the▁▁▁sea>▁x▁')).toEqual(['▁the', '▁▁▁sea>▁x', '▁']);
    expect(cut('sea')).toEqual(['sea']);
    expect(cut('')).toEqual([]);
  });
});
