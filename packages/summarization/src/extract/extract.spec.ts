import { describe, expect, it } from '@jest/globals';

import {
  EXTRACTORS,
  extractSummary,
  sentencesOf,
  textRankScores,
  tfIdfScores,
  unwrapLines,
} from './extract.js';

const DOCUMENT =
  'Good morning. The whale swims in the sea. A white whale fights the ship in the sea. Bye.';

describe('EXTRACTORS', () => {
  it.each([
    ['lead words', 4, 'Good morning. The whale'],
    ['lead sentence', 8, 'Good morning.'],
    ['lead sentences', 1, 'Good morning.'],
    ['lead sentences', 3, 'Good morning. The whale swims in the sea.'],
    ['tf-idf sentences', 1, 'A white whale fights the ship in the sea.'],
    ['TextRank sentences', 1, 'The whale swims in the sea.'],
    [
      'TextRank sentences',
      8,
      'The whale swims in the sea. A white whale fights the ship in the sea.',
    ],
  ])('%s until there are %d words', (name, count, expected) => {
    expect(EXTRACTORS[name](DOCUMENT, count)).toBe(expected);
  });

  it.each(['', ' \n', 'no sentence at all', '\u0000', '!?'])('return %j unchanged', (document) => {
    for (const extract of Object.values(EXTRACTORS)) {
      expect(extract(document, 100)).toBe(document.trim());
    }
  });
});

describe('sentencesOf', () => {
  it.each([
    ['One, e.g. this.  Two?\nThree', ['One, e.g. this.  ', 'Two?\n', 'Three']],
    [
      'Wait... "Why?" 3.5 is. (So!) \r\n\r\nend ',
      ['Wait... ', '"Why?" ', '3.5 is. ', '(So!) \r\n\r\n', 'end '],
    ],
    ['四。五！」 六', ['四。', '五！」 ', '六']],
    ['', []],
    [' ', [' ']],
  ])('parts %j and loses nothing of it', (text, expected) => {
    expect(sentencesOf(text)).toEqual(expected);
    expect(sentencesOf(text).join('')).toBe(text);
  });

  it.each(['A whale. ', '.', '. ', '\n', '.)', '。', ' '])('takes a megabyte of %j', (part) => {
    const text = part.repeat(1e6 / part.length);
    expect(sentencesOf(text).join('')).toBe(text);
  });
});

describe('extractSummary', () => {
  it('takes whole sentences that are wrapped over lines', () => {
    const document =
      'The city council voted on Tuesday to close the old\nswimming pool on Mill Street. Nobody there was glad\nof it.\n';
    expect(extractSummary(document, 'lead', { sentences: 1 })).toBe(
      'The city council voted on Tuesday to close the old swimming pool on Mill Street.',
    );
  });
});

describe('tfIdfScores', () => {
  it('is the cosine of weighed words', () => {
    // Weights: a twice, in both of 2 sentences, log(3/2); b and c once, in one, log 3.
    const [a, b] = [Math.log(3 / 2), Math.log(3)];
    const whole = Math.sqrt((2 * a) ** 2 + 2 * b ** 2);
    const one = (2 * a * a + b * b) / (Math.sqrt(a * a + b * b) * whole);
    const scores = tfIdfScores(['a b', 'A, c.', '...']);
    const [third] = [scores[2]];
    expect(third).toBe(0);
    expect(tfIdfScores(['a b', 'A, c.'])[0]).toBeCloseTo(one, 12);
    expect(tfIdfScores(['a b', 'A, c.'])[1]).toBeCloseTo(one, 12);
  });
});

describe('textRankScores', () => {
  it('converges to the fixed point of the scores', () => {
    const sentences = ['the whale swims', 'the white whale', 'a white ship', 'alone'];
    const scores = textRankScores(sentences);
    const link = (common: number): number => common / (2 * Math.log(3));
    // Sentences 1 and 2 share two words, 2 and 3 one; 4 has no links.
    expect(scores[0]).toBeCloseTo(0.15 + (0.85 * link(2) * scores[1]) / link(3), 5);
    expect(scores[2]).toBeCloseTo(0.15 + (0.85 * link(1) * scores[1]) / link(3), 5);
    expect(scores[1]).toBeCloseTo(0.15 + 0.85 * (scores[0] + scores[2]), 5);
    expect(scores[3]).toBeCloseTo(0.15, 12);
  });

  it('does with a thousand sentences', () => {
    const scores = textRankScores(Array.from({ length: 1000 }, (_, i) => `word${i % 7} and`));
    expect(scores).toHaveLength(1000);
    expect(scores[999]).toBe(0);
  });
});

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
