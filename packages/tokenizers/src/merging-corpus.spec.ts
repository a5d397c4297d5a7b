import { MergingCorpus } from './train-bpe.js';

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
