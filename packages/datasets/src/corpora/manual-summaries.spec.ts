import { manualSummaries } from './debian-manuals.js';

const FILLER = 'and so on with words of which there are enough to make a page of it '.repeat(3);

function page(name: string, text: string): string {
  return `.TH X 1\n.SH NAME\n${name} \\- does ${name}\n.SH DESCRIPTION\n${text}\n.SH AUTHOR\nThe same person wrote all of these pages in one long summer, or so it says here.\n`;
}
/** Forty pages, the last twenty in pairs that share a paragraph. */
const PAGES = [
  ...Array.from({ length: 20 }, (_, i) => page(`one${i}`, `It is ${i}: ${FILLER}${i}`)),
  ...Array.from({ length: 20 }, (_, i) => {
    const pair = Math.floor(i / 2);
    return page(`two${i}`, `This is number ${i}.\n.PP\nShared by ${pair}: ${FILLER}${pair}`);
  }),
];
const SIZES = { validation: 4, test: 8 };

describe('manualSummaries', () => {
  it('takes a page without its section NAME, and the line in it', () => {
    const { train, validation, test } = manualSummaries(PAGES, SIZES);
    const all = [...train, ...validation, ...test];
    expect(all).toHaveLength(40);
    const first = all.find(({ summary }) => summary === 'one3 - does one3');
    expect(first?.document).toBe(
      `DESCRIPTION\nIt is 3: ${FILLER}3\n\nAUTHOR\nThe same person wrote all of these pages in one long summer, or so it says here.`,
    );
  });

  it('shares no paragraph between training and test, except about authors', () => {
    const { train, validation, test } = manualSummaries(PAGES, SIZES);
    const shared = (part: typeof train): Set<string> =>
      new Set(part.flatMap(({ document }) => /Shared by \d+/.exec(document) ?? []));
    const learned = shared(train);
    for (const text of shared([...validation, ...test])) expect(learned.has(text)).toBe(false);
    expect(test.length).toBeGreaterThanOrEqual(8);
  });

  it('counts omitted pairs', () => {
    const others = [
      ...['.so man1/x.1', '.Dd May\n.Dt X\n.Sh NAME\n', page('short', 'No more.')],
      ...[page('x', FILLER).replace('\\-', 'or'), PAGES[0], '.SH NAME\n.SH DESCRIPTION\nNothing'],
    ];
    expect(manualSummaries([...PAGES, ...others], SIZES).leftOut).toEqual({
      ...{ alias: 1, mdoc: 1, nameless: 2, short: 1, repeated: 1 },
    });
  });
});
