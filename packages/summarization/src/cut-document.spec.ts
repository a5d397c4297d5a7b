import { checkSettings, pairExample, pairPrompt } from '@ramble/core';
import { byteTokenizer } from '@ramble/tokenizers';

import { type Cut, cutDocument, SUMMARIZATION_OPTIONS } from './cut-document.js';

const tokenizer = byteTokenizer({ specialTokens: ['<tldr>'] });
const encode = (text: string): Int32Array => tokenizer.encode(text);
const TLDR = 257;

/** The rest of a document if pair, separator and end may have `room` tokens in all. */
function kept(document: string, room: number, cut: Cut): string | undefined {
  const pair = pairExample(
    { source: encode(document), separator: TLDR, target: encode('xyz'), end: 256 },
    { sourceLoss: 0.5 },
  );
  const shorter = cutDocument(pair, room, { cut, tokenizer, separatorLength: 1 });
  if (!shorter) return undefined;
  const { tokens, lossWeights, prefixLength, outputStart = 0 } = shorter;
  expect(tokens.length).toBeLessThanOrEqual(room);
  expect(lossWeights).toHaveLength(tokens.length);
  expect(prefixLength).toBe(outputStart);
  expect(Array.from(lossWeights).slice(outputStart)).toEqual([1, 1, 1, 1]);
  expect(Array.from(tokens).slice(outputStart - 1)).toEqual([TLDR, ...encode('xyz'), 256]);
  return tokenizer.decode(Array.from(tokens).slice(0, outputStart - 1));
}

describe('cutDocument', () => {
  const DOCUMENT = 'Hello. A whale is a whale. Bye now.';

  it.each<[Cut, number, string | undefined]>([
    ['head', 11, 'Hello.'],
    ['head-and-tail', 11, 'Helow.'],
    ['head-and-tail', 10, 'Helw.'],
    ['head', 5, ''],
    ['head', 4, undefined],
    ['head', 100, DOCUMENT],
    ['tf-idf', 100, DOCUMENT],
    ['tf-idf', 5 + 21, 'A whale is a whale. '],
    ['tf-idf', 5 + 28, 'A whale is a whale. Bye now.'],
    ['tf-idf', 5 + 4, 'A wh'],
    ['tf-idf', 5 + 7, 'Hello. '],
  ])('keeps the part of a document that the setting selects: %s of %d', (cut, room, expected) => {
    expect(kept(DOCUMENT, room, cut)).toBe(expected);
  });

  it.each([
    [23, 'A whale is a whale.\n \n\n'],
    [31, 'A whale is a whale.\n \n\nBye now.'],
    [8, 'Bye now.'],
    [4, 'A wh'],
  ])('keeps whole paragraphs: %d tokens', (room, expected) => {
    const document = 'Hello.\n\nA whale is a whale.\n \n\nBye now.';
    expect(kept(document, 5 + room, 'tf-idf-paragraphs')).toBe(expected);
  });

  it.each([' \n\t', '\n', '\n ', '\n\na'])('does with many lines of %j', (line) => {
    const document = line.repeat(100_000 / line.length);
    expect(kept(document, 15, 'tf-idf-paragraphs')?.length).toBeGreaterThan(7);
  });

  it('cuts a document without sentences', () => {
    const letters = 'abcdefgh'.repeat(1000);
    expect(kept(letters, 15, 'tf-idf')).toBe('abcdefghab');
  });

  it('cuts a prompt, and keeps the forced beginning of its output', () => {
    const prompt = pairPrompt({ source: encode('abcdef'), separator: TLDR }, encode('xy'));
    const options = { cut: 'head', tokenizer, separatorLength: 1 } as const;
    const shorter = cutDocument(prompt, 5, options);
    expect(shorter?.tokens).toEqual([97, 98, TLDR, 120, 121]);
    expect(shorter).toMatchObject({ prefixLength: 3, outputStart: 3 });
  });
});

describe('SUMMARIZATION_OPTIONS', () => {
  it('refuses a vocabulary beyond all use', () => {
    expect(() => checkSettings(SUMMARIZATION_OPTIONS, { bpeVocabSize: 1e9 })).toThrow(
      new RangeError(
        'bpeVocabSize: expected an integer of at least 257 and at most 1048576, got 1000000000',
      ),
    );
  });
});
