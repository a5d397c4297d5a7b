import { randomAt } from '@ramble/core';
import { describeDomainContract } from '@ramble/testing';
import { byteTokenizer } from '@ramble/tokenizers';

import {
  type TranslationDomain,
  translationDomain,
  type TranslationExample,
  type TranslationPrompt,
  type TranslationSettings,
} from './translation-domain.js';
import { translationFactory } from './translation-factory.js';

const SETTINGS: TranslationSettings = {
  from: 'en',
  to: 'fr',
  bothDirections: false,
  sourceLoss: 0,
  longPairs: 'leave-out',
};
const domainOf = (
  given: Partial<TranslationSettings> = {},
  specialTokens = ['<2en>', '<2fr>'],
): TranslationDomain =>
  translationDomain(byteTokenizer({ specialTokens }), { ...SETTINGS, ...given });
const [END, TO_EN, TO_FR] = [256, 257, 258];
const SPACE = 32;

const PAIRS = [
  ['text editor', 'éditeur de texte'],
  ['a', 'un'],
  ['', ''],
  ['', 'rien'],
  ['nothing', ''],
  [' two  spaces ', '  deux espaces '],
  ['\n', '\n\n'],
  ['<2fr>', '<2en>'],
  ['<|endoftext|>', '<|endoftext|>'],
  ['whale 🐋', 'baleine 🐋'],
  ['naïve', 'naïf'],
  ['tab\there', 'tab\tici'],
  ['日本語', 'japonais'],
  ['0', '0'],
  ["it's", "c'est"],
  ['"quoted"', '« cité »'],
  ['a b c', 'a b c'],
  ['\u00e9', 'e\u0301'],
  ['\uFEFFbom', '\uFEFFbom'],
  ['end.', 'fin.'],
] as const;

describe.each([
  ['target loss', {}],
  ['weighted loss', { sourceLoss: 0.5 }],
  ['both directions, cut', { bothDirections: true, longPairs: 'cut' }],
] as const)('with %s', (name, settings) => {
  describeDomainContract<TranslationExample, TranslationPrompt, string, TranslationDomain>({
    name: `translation, ${name}`,
    create: () => Promise.resolve(domainOf(settings)),
    createOther: () => Promise.resolve(domainOf(settings, ['<2en>', '<2fr>', '<2de>'])),
    factory: translationFactory,
    valid: PAIRS.map(([source, target], i) => {
      const to = i % 2 === 0 ? 'fr' : 'en';
      return { example: { source, target, to }, prompt: { source, to }, output: target };
    }),
    invalid: Array.from({ length: 20 }, (_, i) => `x${i}`).map((to) => ({
      example: { source: 'a', target: 'b', to },
      message: `to: expected one of en, fr, got ${to}`,
    })),
  });
});

describe('translationDomain', () => {
  const example = { source: 'ab', target: 'cd' };

  it('writes a pair as source, tag, target and end, with a space before each text', () => {
    const { tokens, prefixLength, outputStart } = domainOf().encodeExample(example);
    expect(Array.from(tokens)).toEqual([SPACE, 97, 98, TO_FR, SPACE, 99, 100, END]);
    expect([prefixLength, outputStart]).toEqual([4, 4]);
  });

  it.each([
    ['the target alone', 0, [0, 0, 0, 0, 1, 1, 1, 1]],
    ['all', 1, [1, 1, 1, 1, 1, 1, 1, 1]],
    ['the source with a weight', 0.25, [0.25, 0.25, 0.25, 0.25, 1, 1, 1, 1]],
  ])('learns %s', (_, sourceLoss, weights) => {
    expect(Array.from(domainOf({ sourceLoss }).encodeExample(example).lossWeights)).toEqual(
      weights,
    );
  });

  it("prompts with the tag of the prompt's language, or of the default one", () => {
    const tagIn = (to?: string): number => domainOf().encodePrompt({ source: 'ab', to }).tokens[3];
    expect([tagIn(), tagIn('en')]).toEqual([TO_FR, TO_EN]);
  });

  it('reports the place of a pair whose language is unknown', () => {
    const place = 'pairs.jsonl line 3';
    expect(() => domainOf().encodeExample({ ...example, to: 'de', place })).toThrow(
      new RangeError('pairs.jsonl line 3: to: expected one of en, fr, got de'),
    );
  });

  it('puts the beginning of a translation into the prompt, after its prefix', () => {
    const prompt = domainOf().encodePrompt({ source: 'ab', beginning: 'c' });
    expect(Array.from(prompt.tokens)).toEqual([SPACE, 97, 98, TO_FR, SPACE, 99]);
    expect([prompt.prefixLength, prompt.outputStart]).toEqual([4, 4]);
  });

  it('leaves reserved tokens out of its output', () => {
    expect(domainOf().decodeOutput([TO_EN, SPACE, 99, END, TO_FR, 100])).toBe('cd');
  });

  it('swaps half of the pairs if both directions are learned, others each time', () => {
    const domain = domainOf({ bothDirections: true });
    const turned = Array.from({ length: 100 }, (_, step) =>
      domain.augment?.(example, randomAt({ seed: 1, purpose: 'augment', step })),
    ).filter((pair) => pair?.source === 'cd');
    expect(turned.length).toBeGreaterThan(35);
    expect(turned.length).toBeLessThan(65);
    expect(turned[0]).toEqual({ source: 'cd', target: 'ab', from: 'fr', to: 'en' });
  });

  const long = { source: 'abcdef', target: 'gh' };
  it.each([
    ['leave-out', []],
    ['cut', [[SPACE, 97, 98, TO_FR, SPACE, 103, 104, END]]],
    ['refuse', undefined],
  ] as const)('treats a long pair by the setting longPairs: %s', (longPairs, expected) => {
    const domain = domainOf({ longPairs });
    const segments = domain.segments?.(domain.encodeExample(long), 8);
    expect(segments && [...segments].map(({ tokens }) => Array.from(tokens))).toEqual(expected);
  });

  it('cuts a long prompt at the end of its source', () => {
    const domain = domainOf();
    const prompt = domain.encodePrompt({ source: 'abcdef', beginning: 'g' });
    const cut = domain.cutPrompt!(prompt, 5);
    expect(cut).toMatchObject({ prefixLength: 3, outputStart: 3 });
    expect(Array.from(cut!.tokens)).toEqual([SPACE, 97, TO_FR, SPACE, 103]);
    expect(domain.cutPrompt!(prompt, 2)).toBeUndefined();
  });
});
