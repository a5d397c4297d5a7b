import { trainBpe } from './train-bpe.js';
import { MergeTable } from './write-hugging-face.js';

describe('writeHuggingFace', () => {
  it('writes the file that Hugging Face tokenizers reads', async () => {
    const tokenizer = await trainBpe('the the then', { vocabSize: 260, specialTokens: ['<2fr>'] });
    const file = JSON.parse(tokenizer.save()['tokenizer.json']) as {
      added_tokens: unknown[];
      pre_tokenizer: unknown;
      model: { type: string; vocab: Record<string, number>; merges: string[] };
    };
    expect(file.added_tokens).toEqual(
      ['<|endoftext|>', '<2fr>'].map((content, id) => ({
        id,
        content,
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: false,
        special: true,
      })),
    );
    expect(file.pre_tokenizer).toEqual({
      type: 'ByteLevel',
      add_prefix_space: false,
      trim_offsets: true,
      use_regex: true,
    });
    expect(file.model.type).toBe('BPE');
    expect(file.model.merges).toEqual(['h e', 't he']);
    expect(file.model.vocab).toMatchObject({ '<|endoftext|>': 0, '<2fr>': 1, '!': 2, the: 259 });
    expect(Object.keys(file.model.vocab)).toHaveLength(260);
  });
});

describe('MergeTable', () => {
  it('ranks pairs in the order in which they were added', () => {
    const table = new MergeTable(new Int32Array(256));
    table.add({ left: 5, right: 3, merged: 300 });
    table.add({ left: 3, right: 5, merged: 301 });
    expect([table.rank(5, 3), table.rank(3, 5), table.rank(5, 5)]).toEqual([0, 1, undefined]);
    expect([table.mergedId(0), table.mergedId(1)]).toEqual([300, 301]);
  });
});
