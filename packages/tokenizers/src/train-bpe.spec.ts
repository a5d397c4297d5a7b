import { readFileSync } from 'node:fs';

import fc from 'fast-check';

import { bytePairEncoder } from './byte-pair-encoder.js';
import { countWords, learnMerges, MergingCorpus, trainBpe } from './train-bpe.js';
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

describe('countWords', () => {
  it('counts the words of all texts together', async () => {
    expect([...(await countWords(['the sea the', ' sea, the']))]).toEqual([
      ['the', 1],
      [' sea', 2],
      [' the', 2],
      [',', 1],
    ]);
  });

  it('lets no word go from one text into the next', async () => {
    expect([...(await countWords(['wha', 'le']))]).toEqual([
      ['wha', 1],
      ['le', 1],
    ]);
  });

  it('counts a lone surrogate as U+FFFD', async () => {
    expect([...(await countWords(['\ud83d', '\ufffd', '\ud83d']))]).toEqual([['\ufffd', 3]]);
  });
});

type Ids = readonly number[];

/** Counts all pairs anew for every merge; ties go to the smaller (left id, right id). */
function learnPlainly(words: ReadonlyMap<string, number>, vocabSize: number): [number, number][] {
  const { byteIds } = learnMerges(new Map(), 0, 256);
  let corpus: { ids: Ids; count: number }[] = Array.from(words, ([word, count]) => ({
    ids: Array.from(new TextEncoder().encode(word), (byte) => byteIds[byte]),
    count,
  }));
  const merges: [number, number][] = [];
  while (256 + merges.length < vocabSize) {
    const counts = new Map<number, number>();
    for (const { ids, count } of corpus) {
      for (let at = 1; at < ids.length; at++) {
        const key = ids[at - 1] * 1000 + ids[at];
        counts.set(key, (counts.get(key) ?? 0) + count);
      }
    }
    const best = [...counts].sort(([a, n], [b, m]) => m - n || a - b).at(0);
    if (best === undefined) break;
    const pair: [number, number] = [Math.floor(best[0] / 1000), best[0] % 1000];
    const merged = 256 + merges.push(pair) - 1;
    corpus = corpus.map(({ ids, count }) => ({ ids: replace(ids, pair, merged), count }));
  }
  return merges;
}

function replace(ids: Ids, [left, right]: readonly [number, number], merged: number): Ids {
  const result: number[] = [];
  for (let at = 0; at < ids.length; at++) {
    const isPair = ids[at] === left && ids[at + 1] === right;
    result.push(isPair ? merged : ids[at]);
    if (isPair) at++;
  }
  return result;
}

describe('learnMerges', () => {
  it('numbers bytes by the code points of their characters, after the special tokens', () => {
    const { spellings, byteIds } = learnMerges(new Map(), 3, 259);
    expect(spellings.slice(0, 3)).toEqual(['!', '"', '#']);
    expect(byteIds[0x21]).toBe(3);
    expect(byteIds[0x20]).toBe(3 + spellings.indexOf('Ġ'));
  });

  it('stops when no pair is left', () => {
    expect(learnMerges(new Map([['aba', 2]]), 0, 400).merges).toHaveLength(2);
  });

  it('learns the same merges as a full recount for every merge, also with runs and overlaps', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 12 });
    const words = fc.array(fc.tuple(word, fc.integer({ min: 1, max: 4 })), { maxLength: 8 });
    fc.assert(
      fc.property(words, (entries) => {
        const counts = new Map(entries);
        const learned = learnMerges(counts, 0, 276).merges.map(({ left, right }) => [left, right]);
        expect(learned).toEqual(learnPlainly(counts, 276));
      }),
      { numRuns: 500 },
    );
  });
});

const byteIds = Int32Array.from({ length: 256 }, (_, byte) => byte);
const [a, b] = [0x61, 0x62];

describe('MergingCorpus', () => {
  it('counts a pair as often as its words occur', () => {
    const corpus = new MergingCorpus(
      new Map([
        ['aba', 3],
        ['ab', 4],
      ]),
      byteIds,
    );
    expect(corpus.mostFrequentPair()).toMatchObject({ left: a, right: b, count: 7 });
  });

  it('prefers the smaller ids among equals', () => {
    const corpus = new MergingCorpus(new Map([['bbab', 1]]), byteIds);
    expect(corpus.mostFrequentPair()).toMatchObject({ left: a, right: b, count: 1 });
  });

  it('merges a run from the left and counts what is left', () => {
    const corpus = new MergingCorpus(new Map([['aaaaa', 2]]), byteIds);
    const pair = corpus.mostFrequentPair()!;
    expect(pair).toMatchObject({ left: a, right: a, count: 8 });
    corpus.merge(pair, 256);
    expect(corpus.mostFrequentPair()).toMatchObject({ left: 256, right: a, count: 2 });
    expect(corpus.mostFrequentPair()).toMatchObject({ left: 256, right: 256, count: 2 });
    expect(corpus.mostFrequentPair()).toBeUndefined();
  });
});
