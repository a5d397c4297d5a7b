import { describe, expect, it } from '@jest/globals';

import { unwrapLines } from './extract.js';

const WRAPPED = `It is a truth universally acknowledged, that a single man in possession
of a good fortune, must be in want of a wife.

However little known the feelings or views of such a man may be on his
first entering a neighbourhood, this truth is so well fixed in the minds.
He is considered the rightful property of some one or other of their
daughters.
`;

describe('a text whose lines are unwrapped', () => {
  it('has a line for each paragraph that was wrapped', () => {
    expect(unwrapLines(WRAPPED)).toBe(
      'It is a truth universally acknowledged, that a single man in possession of a good fortune, must be in want of a wife.\n\n' +
        'However little known the feelings or views of such a man may be on his first entering a neighbourhood, this truth is so well fixed in the minds. He is considered the rightful property of some one or other of their daughters.\n',
    );
  });

  it.each([
    [
      'a sentence on each line',
      'The council of the town voted on Tuesday to close it.\nIt was old.\n',
    ],
    [
      'a heading',
      'The council of Northbridge closes its old pool\nIt was opened in 1934, and its repair would have cost four million pounds.\n',
    ],
    ['short lines', 'Ingredients\nbutter and sugar\nflour\n\nMix them.'],
    [
      'a list',
      '- one thing that is as long as a line of a book\n- another thing of the same kind\n',
    ],
    ['no lines', ''],
  ])('leaves a text unchanged that has %s', (_, text) => {
    expect(unwrapLines(text)).toBe(text);
  });
});
