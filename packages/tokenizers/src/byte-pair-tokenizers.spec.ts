import { readFileSync } from 'node:fs';

import { gpt2Tokenizer } from './byte-pair-tokenizers.js';

interface Gpt2Fixture {
  readonly cases: readonly { text: string; ids: number[] }[];
  readonly special: readonly { text: string; allowed: number[]; asPlainText: number[] }[];
  readonly decode: readonly { ids: number[]; base64: string; text: string }[];
}

const fixture = JSON.parse(
  readFileSync(new URL('../fixtures/gpt2.json', import.meta.url), 'utf8'),
) as Gpt2Fixture;
const tokenizer = await gpt2Tokenizer();

describe('gpt2Tokenizer', () => {
  it('has 50,257 ids, the last of them <|endoftext|>, and appends reserved ones', async () => {
    expect(tokenizer.vocabSize).toBe(50_257);
    expect(tokenizer.endOfText).toBe(50_256);
    const more = await gpt2Tokenizer({ specialTokens: ['<tldr>'] });
    expect(more.vocabSize).toBe(50_258);
    expect(more.endOfText).toBe(50_256);
    expect(more.specialTokens.get('<tldr>')).toBe(50_257);
  });

  it("gives the ids of OpenAI's encoder.py, Hugging Face tokenizers and tiktoken", () => {
    expect(fixture.cases).toHaveLength(222);
    for (const { text, ids } of fixture.cases) {
      expect({ text, ids: Array.from(tokenizer.encode(text)) }).toEqual({ text, ids });
      expect(tokenizer.decode(ids)).toBe(text);
    }
  });

  it('reads <|endoftext|> as text unless it is allowed to be a token', () => {
    for (const { text, allowed, asPlainText } of fixture.special) {
      expect(Array.from(tokenizer.encode(text))).toEqual(asPlainText);
      expect(Array.from(tokenizer.encode(text, { allowSpecial: true }))).toEqual(allowed);
    }
  });

  it('decodes any ids, broken UTF-8 as U+FFFD', () => {
    for (const { ids, text } of fixture.decode) expect(tokenizer.decode(ids)).toBe(text);
  });

  it('describes tokens for people', () => {
    expect([262, 198, 50256, 222].map((id) => tokenizer.describe(id))).toEqual([
      '" the"',
      String.raw`"\n"`,
      '<|endoftext|>',
      '0x80',
    ]);
  });

  it('encodes a line of a million letters in seconds', () => {
    const line = 'a'.repeat(1e6);
    expect(tokenizer.decode(tokenizer.encode(line))).toBe(line);
  });
});
