import { assembleTokenizer, IdBuffer } from './assemble-tokenizer.js';
import { byteTokenizer } from './byte-pair-tokenizers.js';

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

describe('IdBuffer', () => {
  it('keeps every id when it outgrows its capacity', () => {
    const buffer = new IdBuffer(3);
    for (let id = 0; id < 1000; id++) buffer.push(id);
    expect(Array.from(buffer.toArray())).toEqual(Array.from({ length: 1000 }, (_, id) => id));
  });

  it('gives an empty array when nothing was pushed', () => {
    expect(new IdBuffer(0).toArray()).toHaveLength(0);
  });
});
