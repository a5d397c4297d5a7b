import type { PackageDescription } from './debian-texts.js';
import { debianPairs, type DescriptionPairs, sgmSegments } from './debian-pairs.js';

const WORDS = 'tool for reading writing printing large small old new files in many colours'.split(
  ' ',
);

function about(
  key: string,
  synopsis: string,
  paragraphs: readonly string[] = [],
): PackageDescription {
  return { key, synopsis, paragraphs };
}

/** Sixty packages with different synopses, in two languages. */
const english = Array.from({ length: 60 }, (_, i) =>
  about(`p${i}`, `${WORDS[i % 13]} ${WORDS[(i * 5 + 1) % 13]} number ${i}`),
);
const french = english.map(({ key, synopsis }) =>
  about(key, Array.from(synopsis).reverse().join('')),
);

function pairs(
  more: readonly (readonly [english: PackageDescription, french: PackageDescription])[] = [],
): DescriptionPairs {
  return debianPairs(
    [...english, ...more.map(([source]) => source)],
    [...french, ...more.map(([, target]) => target)],
    { validation: 5, test: 10 },
  );
}
const sources = (part: DescriptionPairs['train']): string[] => part.map(({ source }) => source);

describe('debianPairs', () => {
  it('pairs descriptions of the same package, and holds some out', () => {
    const { train, validation, test, leftOut } = pairs();
    expect([train.length, validation.length, test.length]).toEqual([45, 5, 10]);
    expect(leftOut).toEqual({ untranslated: 0, misaligned: 0, repeated: 0 });
    expect(train[0].target).toBe(Array.from(train[0].source).reverse().join(''));
  });

  it('never learns a paragraph that a tested package has, in either language', () => {
    const family = Array.from({ length: 30 }, (_, i) => {
      const shared = `paragraph ${i - (i % 2)}`;
      return [
        about(`f${i}`, `member ${i}`, [shared, `more of ${i}`]),
        about(`f${i}`, `${i} erbmem`, [`${shared} en français`, `${i} davantage`]),
      ] as const;
    });
    const { train, validation, test } = pairs(family);
    const members = (part: DescriptionPairs['train']): number[] =>
      sources(part).flatMap((source) => {
        const number = /^member (\d+)/.exec(source)?.[1];
        return number === undefined ? [] : [Math.floor(Number(number) / 2)];
      });
    const learned = new Set(members(train));
    expect(learned.size).toBeGreaterThan(5);
    for (const family of [...members(validation), ...members(test)]) {
      expect(learned.has(family)).toBe(false);
    }
    expect(sources([...validation, ...test]).some((text) => text.startsWith('paragraph'))).toBe(
      false,
    );
  });

  const same = 'one two three four five six';
  it.each<['untranslated' | 'misaligned', string, string, string]>([
    ['untranslated', 'the same text', 'Emacs', 'Emacs'],
    ['untranslated', 'most words in common', same, same.replace('one', 'un')],
    ['misaligned', 'far too short', 'a text of some length that goes on and on', 'texte'],
  ])('leaves out and counts: %s, %s', (reason, _, synopsis, translated) => {
    // Three packages in one group: a group of that size is learned from.
    const more = [0, 1, 2].map(
      (i) =>
        [
          about(`m${i}`, i === 0 ? synopsis : `other ${i}`, ['shared']),
          about(`m${i}`, i === 0 ? translated : `${i} autre`, ['partagé']),
        ] as const,
    );
    const { train, leftOut } = pairs(more);
    expect(leftOut).toEqual({ untranslated: 0, misaligned: 0, repeated: 2, [reason]: 1 });
    expect(sources(train)).not.toContain(synopsis);
  });

  it('leaves out paragraphs if one language has more of them', () => {
    const more = [
      [about('m0', 'first', ['a', 'shared']), about('m0', 'premier', ['partagé'])],
      [about('m1', 'second', ['shared']), about('m1', 'deuxième', ['partagé'])],
    ] as const;
    const { train, leftOut } = pairs(more);
    expect(leftOut).toMatchObject({ misaligned: 2 });
    expect(sources(train).filter((text) => text === 'shared')).toHaveLength(1);
  });
});

describe('sgmSegments', () => {
  it('reads segments as sacreBLEU does: in order, spaces joined, entities unchanged', () => {
    const text =
      '<srcset setid="newstest2014">\r\n<doc docid="a">\n<p>\n<seg id="1"> Ein  Hund &amp; </seg>\n' +
      '<SEG id="2">zwei</SEG>\n</p>\n<hl>\n<seg id="3"></seg>\n</hl>\n</doc>\n';
    expect(sgmSegments(text)).toBe('Ein Hund &amp;\nzwei\n\n');
  });
});
