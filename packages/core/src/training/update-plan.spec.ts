import { shareOf, sumInPairs, type UpdateShare, wholeShare } from './update-plan.js';

/** Formats the order in which micro-batches are summed, with brackets. */
function inWords({ start, end, additions }: UpdateShare): string {
  const waiting: string[] = [];
  for (let i = start; i < end; i++) {
    let sum = `${i}`;
    for (let n = 0; n < additions[i - start]; n++) sum = `(${waiting.pop()}+${sum})`;
    waiting.push(sum);
  }
  return waiting.join(' ');
}

const sharesOf = (count: number, parts: number): UpdateShare[] =>
  Array.from({ length: parts }, (_, index) => shareOf(count, { index, count: parts }));

describe('shareOf', () => {
  it.each([
    [1, '0'],
    [2, '(0+1)'],
    [3, '(0+(1+2))'],
    [4, '((0+1)+(2+3))'],
    [5, '((0+1)+(2+(3+4)))'],
    [8, '(((0+1)+(2+3))+((4+5)+(6+7)))'],
  ])('sums %i micro-batches in pairs', (count, words) => {
    expect(inWords(wholeShare(count))).toBe(words);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13, 16, 37])(
    'assigns branches of the tree of %i micro-batches to 2, 4 and 8 processes',
    (count) => {
      for (const parts of [2, 4, 8].filter((each) => each <= count)) {
        let sums = sharesOf(count, parts).map(inWords);
        while (sums.length > 1) {
          sums = sums.flatMap((sum, i) => (i % 2 === 1 ? [`(${sums[i - 1]}+${sum})`] : []));
        }
        expect(sums[0]).toBe(inWords(wholeShare(count)));
      }
    },
  );

  it('divides micro-batches whose number is not a multiple of the parts', () => {
    const shares = sharesOf(7, 3);
    expect(shares.map(({ start, end }) => [start, end])).toEqual([
      [0, 2],
      [2, 4],
      [4, 7],
    ]);
    expect(shares.map(inWords)).toEqual(['(0+1)', '(2+3)', '(4+(5+6))']);
  });

  it('has at most log2 of the number of micro-batches pending', () => {
    let waiting = 0;
    let max = 0;
    for (const additions of wholeShare(64).additions) {
      max = Math.max(max, waiting);
      waiting += 1 - additions;
    }
    expect([waiting, max]).toEqual([1, 6]);
  });
});

describe('sumInPairs', () => {
  it('adds numbers in the order of a share', () => {
    const numbers = [2 ** 53, 1, 1, 1]; // added one after the other, each 1 would be lost
    expect(sumInPairs(numbers, wholeShare(4))).toBe(2 ** 53 + 2);
  });
});
