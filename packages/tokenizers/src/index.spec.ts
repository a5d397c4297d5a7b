import { gpt2Tokenizer, loadTokenizer, trainBpe, trainCharacters } from './index.js';

it('does what the README shows', async () => {
  const gpt2 = await gpt2Tokenizer();
  expect(Array.from(gpt2.encode('Call me Ishmael.'))).toEqual([14134, 502, 1148, 21720, 417, 13]);
  expect(gpt2.describe(262)).toBe('" the"');

  const bpe = await trainBpe(['the whale, the sea'], { vocabSize: 262, specialTokens: ['<2fr>'] });
  expect(bpe.encode('the sea<2fr>', { allowSpecial: true }).at(-1)).toBe(
    bpe.specialTokens.get('<2fr>'),
  );
  const same = await loadTokenizer(bpe.save());
  expect(same.decode(bpe.encode('the whale'))).toBe('the whale');

  const trained = await trainCharacters('hello');
  expect(() => trained.encode('halo')).toThrow(
    'text: expected the 4 characters of the vocabulary, got "a" (U+0061) at offset 1 (1:2).',
  );
});
