import { assembleTokenizer } from './assemble-tokenizer.js';
import { byteTokenizer } from './load-tokenizer.js';

describe('assembleTokenizer', () => {
  it('insists on <|endoftext|>', () => {
    const parts = {
      kind: 'bytes',
      tokens: [],
      specialTokens: new Map([['<2fr>', 0]]),
      encodeText: () => undefined,
      write: () => '',
      toHuggingFace: () => ({}),
      extend: () => byteTokenizer(),
    } as const;
    expect(() => assembleTokenizer(parts)).toThrow(
      new RangeError('specialTokens: expected <|endoftext|> among them, got <2fr>'),
    );
  });
});
