import { randomAt } from '@ramble/core';
import { trainBpe } from '@ramble/tokenizers';

import { TRANSLATION_OPTIONS, type TranslationOptions } from './language-tags.js';
import type { TranslationDomain, TranslationExample } from './translation-domain.js';
import { translationFactory } from './translation-factory.js';

const OPTIONS: TranslationOptions = {
  bpeVocabSize: 270,
  sourceLanguage: 'en',
  targetLanguage: 'fr',
  bothDirections: false,
  sourceLoss: 0,
  longPairs: 'leave-out',
};

function fit(
  examples: readonly TranslationExample[],
  options: Partial<TranslationOptions> = {},
): Promise<TranslationDomain> {
  async function* all(): AsyncGenerator<TranslationExample> {
    for (const example of examples) yield await Promise.resolve(example);
  }
  return translationFactory.fit(all(), { ...OPTIONS, ...options });
}
const PAIR = { source: 'the whale, the whale', target: 'la baleine, la baleine' };
const tags = ({ tokenizer }: TranslationDomain): string[] => [...tokenizer.specialTokens.keys()];

function tagIn(domain: TranslationDomain, pair: TranslationExample): string {
  const { tokens } = domain.encodeExample(pair);
  const words = Array.from(tokens, (id) => domain.vocabulary.describe(id));
  return words.filter((word) => word.startsWith('<2')).join('');
}
/** A pair the other way round, by a draw that turns it. */
function turned(domain: TranslationDomain, pair: TranslationExample): unknown {
  return Array.from({ length: 20 }, (_, step) =>
    domain.augment?.(pair, randomAt({ seed: 1, purpose: 'augment', step })),
  ).find((each) => each?.source === pair.target);
}

describe('translationFactory', () => {
  it('learns one vocabulary of both sides, with a tag for the language that is translated into', async () => {
    const domain = await fit([PAIR]);
    expect(tags(domain)).toEqual(['<|endoftext|>', '<2fr>']);
    const words = Array.from(domain.encodeExample(PAIR).tokens, (id) =>
      domain.vocabulary.describe(id),
    );
    expect(words.join('')).toContain('<2fr>');
    expect(words.length).toBeLessThan(30); // of 44 bytes
  });

  it('finds the languages that the data names', async () => {
    const domain = await fit([{ ...PAIR, to: 'de' }, { ...PAIR, to: 'it' }, PAIR]);
    expect(tags(domain)).toEqual(['<|endoftext|>', '<2de>', '<2fr>', '<2it>']);
  });

  it('gives pairs without a language the chosen one, even after pairs with other languages', async () => {
    const domain = await fit([{ ...PAIR, to: 'de' }, PAIR]);
    expect([tagIn(domain, { ...PAIR, to: 'de' }), tagIn(domain, PAIR)]).toEqual(['<2de>', '<2fr>']);
  });

  it('assigns the chosen language to pairs without one, even after pairs with other languages', async () => {
    const named = { ...PAIR, from: 'de', to: 'en' };
    const domain = await fit([named, PAIR], { bothDirections: true });
    expect([tagIn(domain, named), tagIn(domain, PAIR)]).toEqual(['<2en>', '<2fr>']);
    expect([turned(domain, named), turned(domain, PAIR)]).toEqual([
      { source: PAIR.target, target: PAIR.source, from: 'en', to: 'de' },
      { source: PAIR.target, target: PAIR.source, from: 'fr', to: 'en' },
    ]);
  });

  it('translates into the language of the first pair if no pair has the chosen one', async () => {
    const { settings } = await fit([
      { ...PAIR, to: 'it' },
      { ...PAIR, to: 'de' },
    ]);
    expect(settings.to).toBe('it');
  });

  it('keeps the tokens of a text domain, and adds the tags of its languages after them', async () => {
    const text = await trainBpe('the whale, la baleine', { vocabSize: 262 });
    async function* pairs(): AsyncGenerator<TranslationExample> {
      yield await Promise.resolve({ ...PAIR, to: 'de' });
      yield PAIR;
    }
    const given = { targetLanguage: 'fr', sourceLoss: 0.5 };
    const adapted = await translationFactory.adapt?.(text.save(), pairs(), given);
    const { domain, options } = adapted ?? {};
    expect(options).toEqual({ ...OPTIONS, ...given, sourceLanguage: 'source', bpeVocabSize: 262 });
    expect(domain?.tokenizer.specialTokens).toEqual(
      new Map([
        ['<|endoftext|>', text.endOfText],
        ['<2de>', 262],
        ['<2fr>', 263],
      ]),
    );
    expect(domain?.settings.to).toBe('fr');
  });

  it('has a tag for both languages if both directions are learned', async () => {
    expect(tags(await fit([PAIR], { bothDirections: true }))).toEqual([
      '<|endoftext|>',
      '<2en>',
      '<2fr>',
    ]);
  });

  it('has defaults that go without naming languages', () => {
    expect(TRANSLATION_OPTIONS.targetLanguage.default).toBe('target');
  });

  it.each([
    ['sourceLanguage', { sourceLanguage: 'e n' }, {}, 'sourceLanguage', '"e n"'],
    ['targetLanguage', { targetLanguage: '' }, {}, 'targetLanguage', '""'],
    ['to of an example', {}, { to: '<fr>' }, 'to', '"<fr>"'],
    ['from of an example', {}, { from: 'e n' }, 'from', '"e n"'],
    ['to of a line', {}, { to: '', place: 'a.jsonl line 2' }, 'a.jsonl line 2: to', '""'],
  ])('refuses an invalid language: %s', async (_, options, pair, name, got) => {
    await expect(fit([{ ...PAIR, ...pair }], options)).rejects.toThrow(
      new RangeError(`${name}: expected a language such as fr or pt-br, got ${got}`),
    );
  });

  it('refuses to translate a language into itself', async () => {
    await expect(fit([PAIR], { targetLanguage: 'en' })).rejects.toThrow(
      new RangeError(
        'targetLanguage: expected a language other than sourceLanguage, got en for both',
      ),
    );
  });

  it('has nothing to learn from nothing', async () => {
    await expect(fit([])).rejects.toThrow('texts: expected some text, got none');
  });

  it.each([
    ['no file', undefined, 'translation.json: expected settings, got no such file'],
    ['another value', 'null', 'translation.json: expected an object'],
    [
      'a missing setting',
      '{"from":"en","to":"fr"}',
      'translation.json: bothDirections: expected true or false, got nothing',
    ],
    ['a language without a tag', 'de', 'translation.json: to: expected one of fr, got de'],
  ])('reports what a saved domain should contain: %s', async (_, text, message) => {
    const { 'translation.json': saved, ...files } = translationFactory.save(await fit([PAIR]));
    const json = text === 'de' ? saved.replace('"to": "fr"', '"to": "de"') : text;
    await expect(
      translationFactory.load({ ...files, ...(json && { 'translation.json': json }) }),
    ).rejects.toHaveProperty('message', message);
  });
});
