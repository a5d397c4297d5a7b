import { documentTokens, setApart } from './training-data.js';

const STOP = 9;
const domain = {
  stopTokens: [STOP],
  encodeExample: (tokens: readonly number[]) => ({ tokens, lossWeights: tokens }),
};

async function joined(...examples: readonly (readonly number[])[]): Promise<[number, boolean][]> {
  async function* all(): AsyncGenerator<readonly number[]> {
    for (const example of examples) yield await Promise.resolve(example);
  }
  const tokens: [number, boolean][] = [];
  for await (const piece of documentTokens(domain, all())) {
    const ids = Array.from(piece.tokens);
    ids.forEach((id, i) => tokens.push([id, piece.endsDocument && i === ids.length - 1]));
  }
  return tokens;
}

describe('documentTokens', () => {
  it('keeps the stop token between documents, and ends the one before with it', async () => {
    expect(await joined([1, 2, STOP], [3, STOP])).toEqual([
      [1, false],
      [2, false],
      [STOP, true],
      [3, false],
    ]);
  });

  it('joins the parts of a document', async () => {
    expect((await joined([1], [2], [3, STOP])).map(([id]) => id)).toEqual([1, 2, 3]);
  });

  it('keeps a document that consists of only its end', async () => {
    expect((await joined([1, STOP], [STOP], [2])).map(([id]) => id)).toEqual([1, STOP, STOP, 2]);
    expect(await joined([], [])).toEqual([]);
  });
});

interface Pair {
  readonly source: string;
  readonly target: string;
}
const textsOf = (example: unknown): string[] => {
  const { source, target } = example as Pair; // the pairs below
  return [source, target];
};
const app = { data: { textsOf } };
const data = { flag: 'data' };
const pairs = (count: number): Pair[] =>
  Array.from({ length: count }, (_, i) => ({ source: `dog ${i}`, target: `Hund ${i}` }));

describe('setApart', () => {
  it('keeps examples with an equal source or target on one side, apart from white space around it', () => {
    const all = [
      ...pairs(40),
      ...pairs(20).map(({ source }, i) => ({ source: `${source} `, target: `Köter ${i}` })),
      ...pairs(10).map(({ target }, i) => ({ source: `hound ${i}`, target })),
    ];
    const { learned, validating, split, warnings } = setApart(all, { app, data });
    expect([learned.length + validating.length, split, warnings]).toEqual([70, 'components', []]);
    expect(Math.abs(validating.length - 7)).toBeLessThanOrEqual(1);
    const allTexts = (examples: readonly unknown[]): string[] =>
      examples.flatMap(textsOf).map((text) => text.trim());
    const known = new Set(allTexts(learned));
    expect(allTexts(validating).filter((text) => known.has(text))).toEqual([]);
  });

  it('validates on the last tenth for an app that names no texts, and for an older run', () => {
    const all = pairs(25);
    const last = { learned: all.slice(0, 22), validating: all.slice(22) };
    expect(setApart(all, { app: { data: {} }, data })).toEqual(last);
    expect(setApart(all, { app, data, split: 'tail' })).toEqual(last);
  });

  it('warns if so many examples have equal texts that far less or more than a tenth validates', () => {
    const same = pairs(95).map(({ source }) => ({ source, target: 'Hund' }));
    const alone = { source: 'a cat', target: 'eine Katze' };
    const few = setApart([...same, alone], { app, data: { flag: 'source', isParallel: true } });
    expect(few.validating).toEqual([alone]);
    expect(few.warnings).toEqual([
      '1 of 96 examples validate, not a tenth, as so many share texts; name others with --valid-source and --valid-target',
    ]);
    const halves = pairs(40).map(({ source }, i) => ({ source, target: `Hund ${i % 2}` }));
    expect(setApart(halves, { app, data }).warnings).toEqual([
      '20 of 40 examples validate, not a tenth, as so many share texts; name others with --valid',
    ]);
  });

  it('refuses examples that all have a text in common, and a single example', () => {
    const same = pairs(1200).map(({ source }) => ({ source, target: 'Hund' }));
    expect(() => setApart(same, { app, data })).toThrow(
      new RangeError(
        'data: expected validation examples that share no text with the others, ' +
          'got 1,200 that all share text; name other data with --valid',
      ),
    );
    expect(() => setApart(pairs(1), { app, data: { flag: 'source', isParallel: true } })).toThrow(
      new RangeError('source: expected at least 2 examples, one of them for validation, got 1'),
    );
  });
});
