import { readFileSync } from 'node:fs';

import { measureFeature } from '@ramble/command-line/features';
import { unitScores } from '@ramble/core/training';
import { textDomain } from '@ramble/language';
import { byteTokenizer } from '@ramble/tokenizers';

import { textApp } from './text-app.js';

const domain = textDomain(byteTokenizer());
const fixture = new URL('../fixtures/perplexity.json', import.meta.url);
const { cases } = JSON.parse(readFileSync(fixture, 'utf8')) as {
  readonly cases: readonly {
    readonly text: string;
    readonly characters: number;
    readonly bytes: number;
    readonly words: number;
    readonly totalNll: number;
    readonly bitsPerCharacter: number;
    readonly bitsPerByte: number;
    readonly wordPerplexity: number;
  }[];
}; // its README

describe('the loss of a text in its units', () => {
  it.each(cases)('equals the formulas: $text', ({ text, totalNll, ...expected }) => {
    const units = measureFeature.of(textApp)?.({ text, endsDocument: true }, domain) ?? {};
    expect(units).toEqual({
      character: expected.characters,
      byte: expected.bytes,
      word: expected.words,
    });
    const scores = unitScores(totalNll, units).map(({ kind, unit, value }) => [kind, unit, value]);
    expect(scores).toEqual([
      ['bits', 'character', expect.closeTo(expected.bitsPerCharacter, 6)],
      ['bits', 'byte', expect.closeTo(expected.bitsPerByte, 6)],
      ['perplexity', 'word', expect.closeTo(expected.wordPerplexity, 6)],
    ]);
  });
});
