import { promptLookup } from './prompt-lookup.js';

const COPIED = Array.from({ length: 18 }, (_, i) => i);

describe('promptLookup', () => {
  it('drafts the tokens that followed the longest earlier match of the end', () => {
    const tokens = [...COPIED, 20, 21, 22, ...COPIED];
    expect(promptLookup(2).draft(tokens, 5)).toEqual([20, 21]);
    const latest = [...tokens, 30, 31, 32, ...COPIED];
    expect(promptLookup(2).draft(latest, 5)).toEqual([30, 31]); // the latest of equal matches
    const longer = [99, ...COPIED, 20, 21, 22, 98, ...COPIED.slice(8), 30, 31, 99, ...COPIED];
    expect(promptLookup(2).draft(longer, 5)).toEqual([20, 21]);
  });

  it('drafts nothing after an end without earlier match, and no more than the maximum', () => {
    const tokens = [...COPIED, 20, 21, 22, ...COPIED];
    expect(promptLookup(9).draft([1, 2, 3, 4, 2], 5)).toEqual([]); // one token is too short for a match
    expect(promptLookup(9).draft(tokens, 1)).toEqual([20]);
    expect(promptLookup(9).draft(tokens, 0)).toEqual([]);
    expect(promptLookup(9).draft(tokens, -1)).toEqual([]);
    expect(promptLookup(9).draft([], 3)).toEqual([]);
  });

  it('makes longer drafts while drafts are accepted, and counts tokens', () => {
    const lookup = promptLookup(20);
    const cycle = Array.from({ length: 80 }, (_, i) => i % 20);
    const lengths: number[] = [];
    for (let end = 40; end < 80; end += 8) {
      lengths.push(lookup.draft(cycle.slice(0, end), 99).length);
      lookup.count(3);
    }
    expect(lengths).toEqual([6, 19, 20, 20, 20]);
    expect([lookup.drafted, lookup.accepted]).toEqual([85, 15]);
  });

  it('drafts after short matches only once they have predicted tokens', () => {
    const lookup = promptLookup(4);
    const drafts: number[] = [];
    const tokens: number[] = [];
    for (let i = 0; i < 40; i++) {
      tokens.push(1, 2, 3, 50 + i); // 3 follows 1, 2; a new token follows 3
      drafts.push(lookup.draft(tokens.concat(1, 2), 99).length);
      lookup.draft(tokens.concat(1, 2, 3), 99);
    }
    expect(drafts.slice(0, 4)).toEqual([0, 0, 0, 0]);
    expect(Math.max(...drafts)).toBe(0); // a miss for each hit: drafts would not pay
    const steady = promptLookup(4);
    const lengths: number[] = [];
    let said = [7, 8];
    for (let i = 0; i < 30; i++) {
      lengths.push(steady.draft([...said, 60 + i, 7, 8], 99).length);
      said = [...said, 60 + i, 7, 8, 9, 9, 9];
      steady.draft(said, 99);
    }
    expect(lengths[1]).toBe(0);
    expect(lengths.at(-1)).toBe(4);
  });

  it('stops drafting if drafts are rejected, for any length of match', () => {
    const lookup = promptLookup(4);
    const lengths: number[] = [];
    const tokens = [...COPIED, 20];
    for (let i = 0; i < 6; i++) {
      tokens.push(...COPIED);
      lengths.push(lookup.draft(tokens, 99).length);
      tokens.push(30 + i); // never the token that followed before
    }
    expect(lengths[0]).toBe(4);
    expect(lengths.slice(1)).toEqual([0, 0, 0, 0, 0]);
  });
});
