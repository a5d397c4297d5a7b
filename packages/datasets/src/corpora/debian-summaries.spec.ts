import { debianSummaries, type PackageDescription } from './debian-texts.js';

/** Sixty packages, and thirty pairs that share a paragraph. */
const PACKAGES: readonly PackageDescription[] = [
  ...Array.from({ length: 60 }, (_, i) => ({
    key: `p${i}`,
    synopsis: `tool ${i}`,
    paragraphs: [`It is tool ${i}.`, `More of ${i}.`],
  })),
  ...Array.from({ length: 60 }, (_, i) => ({
    key: `lib${i}`,
    synopsis: `library ${i}`,
    paragraphs: [`It is part of ${Math.floor(i / 2)}.`, `The part is ${i}.`],
  })),
];
const SIZES = { validation: 6, test: 12 };

describe('debianSummaries', () => {
  it('takes paragraphs as the document and the synopsis as its summary', () => {
    const { train, validation, test, leftOut } = debianSummaries(PACKAGES, SIZES);
    const all = [...train, ...validation, ...test];
    expect(all).toHaveLength(120);
    expect(all).toContainEqual({
      document: 'It is tool 7.\n\nMore of 7.',
      summary: 'tool 7',
    });
    expect(leftOut).toEqual({ undescribed: 0, repeated: 0 });
  });

  it('has no common paragraph in training and test data', () => {
    const { train, validation, test } = debianSummaries(PACKAGES, SIZES);
    const learned = new Set(train.flatMap(({ document }) => document.split('\n\n')));
    for (const { document } of [...validation, ...test]) {
      for (const paragraph of document.split('\n\n')) expect(learned.has(paragraph)).toBe(false);
    }
    expect(test.length).toBeGreaterThanOrEqual(12);
  });

  it('leaves out packages without a description, and repetitions', () => {
    const more = [
      { key: 'q', synopsis: 'nothing to say', paragraphs: [] },
      { ...PACKAGES[0], key: 'again' },
    ];
    const { leftOut } = debianSummaries([...PACKAGES, ...more], SIZES);
    expect(leftOut).toEqual({ undescribed: 1, repeated: 1 });
  });
});
