import { readFileSync } from 'node:fs';

import { bytePairEncoder } from './byte-pair-encoder.js';
import { countWords, learnMerges, trainBpe } from './train-bpe.js';
import { IdBuffer } from './assemble-tokenizer.js';
import { MergeTable } from './write-hugging-face.js';

interface TrainingFixture {
  readonly runs: readonly {
    readonly vocabSize: number;
    readonly specialTokens: readonly string[];
    readonly merges: readonly string[];
    readonly firstIds: readonly (readonly [string, number])[];
    readonly encodings: readonly { readonly text: string; readonly ids: readonly number[] }[];
    readonly trainTextTokens: number;
  }[];
}

const read = (name: string): string =>
  readFileSync(new URL(`../fixtures/${name}`, import.meta.url), 'utf8');
const { runs } = JSON.parse(read('bpe-training.json')) as TrainingFixture;
const [withoutSpecials, withEndOfText] = runs;
const text = read('train.txt');

describe('trainBpe', () => {
  it("learns the merges and ids of Hugging Face's BpeTrainer", async () => {
    const { vocabSize, specialTokens, merges, firstIds, encodings, trainTextTokens } =
      withEndOfText;
    const tokenizer = await trainBpe(text, { vocabSize, specialTokens });
    const { model } = JSON.parse(tokenizer.save()['tokenizer.json']) as {
      model: { merges: string[]; vocab: Record<string, number> };
    };
    expect(model.merges).toEqual(merges);
    expect(tokenizer.vocabSize).toBe(vocabSize);
    for (const [token, id] of firstIds) expect(model.vocab[token]).toBe(id);
    for (const { text, ids } of encodings) expect(Array.from(tokenizer.encode(text))).toEqual(ids);
    expect(tokenizer.encode(text)).toHaveLength(trainTextTokens);
  });

  it('learns the same without a reserved id', async () => {
    // Every tokenizer reserves <|endoftext|>, so this run is checked below trainBpe.
    const { vocabSize, merges, encodings } = withoutSpecials;
    const learned = learnMerges(await countWords([text]), 0, vocabSize);
    const { spellings } = learned;
    expect(
      learned.merges.map(({ left, right }) => `${spellings[left]} ${spellings[right]}`),
    ).toEqual(merges);

    const table = new MergeTable(learned.byteIds);
    for (const merge of learned.merges) table.add(merge);
    const encodeText = bytePairEncoder(table);
    for (const { text, ids } of encodings) {
      const buffer = new IdBuffer(text.length);
      encodeText(text, 0, text.length, buffer);
      expect(Array.from(buffer.toArray())).toEqual(ids);
    }
  });

  it('reserves the special tokens first', async () => {
    const tokenizer = await trainBpe(text, { vocabSize: 300, specialTokens: ['<2fr>', '<tldr>'] });
    expect([...tokenizer.specialTokens]).toEqual([
      ['<|endoftext|>', 0],
      ['<2fr>', 1],
      ['<tldr>', 2],
    ]);
    expect(Array.from(tokenizer.encode('<2fr>', { allowSpecial: true }))).toEqual([1]);
    expect(tokenizer.encode('<2fr>').length).toBeGreaterThan(1);
  });

  it('makes a smaller vocabulary of a text that has no more pairs', async () => {
    expect((await trainBpe('abab', { vocabSize: 1000 })).vocabSize).toBe(257 + 2);
  });

  it('takes one text and the same text in a list for the same', async () => {
    const options = { vocabSize: 300 };
    expect((await trainBpe([text], options)).save()).toEqual(
      (await trainBpe(text, options)).save(),
    );
  });

  it('refuses a size with too few ids for the bytes, and one beyond all use', async () => {
    for (const vocabSize of [256, 300.5, NaN, 2 ** 20 + 1]) {
      await expect(trainBpe('text', { vocabSize })).rejects.toThrow(
        new RangeError(
          'vocabSize: expected a whole number from 257 (special tokens and bytes) ' +
            `to 1048576, got ${vocabSize}`,
        ),
      );
    }
  });

  it('refuses to learn from nothing', async () => {
    await expect(trainBpe([''], { vocabSize: 300 })).rejects.toThrow(
      new RangeError('texts: expected some text, got none'),
    );
  });

  it('refuses a special token that the text spells', async () => {
    const train = (name: string): Promise<unknown> =>
      trainBpe('the the', { vocabSize: 261, specialTokens: [name] });
    for (const name of ['the', 'a']) {
      await expect(train(name)).rejects.toThrow(
        new RangeError(`specialTokens: expected names that are not ordinary tokens, got "${name}"`),
      );
    }
    await expect(train('<the>')).resolves.toBeDefined();
  });
});
