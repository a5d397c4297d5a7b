import fc from 'fast-check';

import {
  byteAlphabet,
  bytePairEncoder,
  classAt,
  LETTER,
  mergeBytes,
  NUMBER,
  OTHER,
  readSpelledBytes,
  runEnd,
  SPACE,
  spellBytes,
  wordEnd,
} from './byte-pair-encoder.js';
import { IdBuffer } from './assemble-tokenizer.js';
import { MergeTable } from './write-hugging-face.js';

const [A, B, BLANK] = [0x61, 0x62, 0x20];

/** Bytes are their own ids; the table's merges are numbered from 256. */
function tableOf(pairs: readonly (readonly [number, number])[]): MergeTable {
  const table = new MergeTable(Int32Array.from({ length: 256 }, (_, byte) => byte));
  pairs.forEach(([left, right], rank) => table.add({ left, right, merged: 256 + rank }));
  return table;
}

/** Encodes with the merges `ab`, 256, and `a `, 257. */
function encode(texts: readonly string[]): number[][] {
  const encodeText = bytePairEncoder(
    tableOf([
      [A, B],
      [A, BLANK],
    ]),
  );
  return texts.map((text) => {
    const ids = new IdBuffer(text.length);
    encodeText(text, 0, text.length, ids);
    return Array.from(ids.toArray());
  });
}

describe('bytePairEncoder', () => {
  it('merges inside words only', () => {
    expect(encode(['ab a b'])).toEqual([[256, BLANK, A, BLANK, B]]);
  });

  it('gives the same ids however many different words came between', () => {
    const words = Array.from({ length: 70_000 }, (_, number) => ` ${number}`).join('');
    const [first, , last] = encode(['ab', words, 'ab']);
    expect(last).toEqual(first);
  });

  it('does not confuse a lone surrogate, a leading U+FEFF or a long word with another word', () => {
    const broken = [0xef, 0xbf, 0xbd];
    expect(encode(['\ud83d', '\ufffd', '\ud83d'])).toEqual([broken, broken, broken]);
    expect(encode(['\ufeffab', '.ab'])).toEqual([
      [0xef, 0xbb, 0xbf, 256],
      [0x2e, 256],
    ]);
    expect(encode(['ab'.repeat(100), 'ab'.repeat(100)])[1]).toEqual(Array(100).fill(256));
  });
});

describe('byteAlphabet', () => {
  it('has a different character for every byte, the same as GPT-2', () => {
    expect(new Set(byteAlphabet).size).toBe(256);
    const standIns = [0x00, 0x0a, 0x20, 0x21, 0x7e, 0x7f, 0xa0, 0xa1, 0xad, 0xff];
    expect(standIns.map((byte) => byteAlphabet[byte]).join('')).toBe('ĀĊĠ!~ġł¡Ńÿ');
  });
});

describe('readSpelledBytes', () => {
  it('inverts spellBytes', () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    expect(readSpelledBytes(spellBytes(bytes))).toEqual(bytes);
    expect(spellBytes(new TextEncoder().encode(' é'))).toBe('ĠÃ©');
  });

  it('returns undefined for characters outside the alphabet', () => {
    expect(readSpelledBytes('a b')).toBeUndefined();
    expect(readSpelledBytes('日')).toBeUndefined();
  });
});

describe('classAt', () => {
  it('distinguishes letters, numbers and white space in all scripts', () => {
    const classesOf = (text: string): number[] =>
      Array.from(text, (character) => classAt(character, 0));
    expect(classesOf('aÉ日ไ\u{20000}')).toEqual(Array(5).fill(LETTER));
    expect(classesOf('1½Ⅳ٣\u{1d7d9}')).toEqual(Array(5).fill(NUMBER));
    expect(classesOf(' \t\n\u0085\u00a0\u3000')).toEqual(Array(6).fill(SPACE));
    expect(classesOf('.\u0301\u200b\ufeff😀')).toEqual(Array(5).fill(OTHER));
  });

  it('takes a lone surrogate for no letter, number or white space', () => {
    expect(classAt('\ud83d', 0)).toBe(OTHER);
    expect(classAt('\udc00a', 0)).toBe(OTHER);
  });
});

describe('runEnd', () => {
  it('ends at another class and at the limit, never inside a pair of surrogates', () => {
    expect(runEnd('日本\u{20000}語 x', 0, 7, LETTER)).toBe(5);
    expect(runEnd('abcdef', 1, 4, LETTER)).toBe(4);
    expect(runEnd('😀a', 0, 3, OTHER)).toBe(2);
  });
});

/**
 * The algorithm in its plainest form: find the pair of the lowest rank, replace it everywhere,
 * repeat.
 */
function mergePlainly(bytes: Uint8Array, table: MergeTable): number[] {
  let ids = Array.from(bytes);
  for (;;) {
    const ranks = ids.slice(1).map((right, at) => table.rank(ids[at], right) ?? Infinity);
    const best = Math.min(...ranks);
    if (best === Infinity) return ids;
    const merged: number[] = [];
    for (let at = 0; at < ids.length; at++) {
      const isPair = at + 1 < ids.length && table.rank(ids[at], ids[at + 1]) === best;
      merged.push(isPair ? table.mergedId(best) : ids[at]);
      if (isPair) at++;
    }
    ids = merged;
  }
}

describe('mergeBytes', () => {
  it('merges the lowest rank first, not the leftmost pair', () => {
    const table = tableOf([
      [2, 3],
      [1, 2],
    ]);
    expect(mergeBytes(Uint8Array.of(1, 2, 3), table)).toEqual([1, 256]);
  });

  it('merges a run of one byte from the left', () => {
    expect(mergeBytes(Uint8Array.of(7, 7, 7, 7, 7), tableOf([[7, 7]]))).toEqual([256, 256, 7]);
  });

  it('agrees with the plain algorithm, on runs and overlaps too', () => {
    // Merge k joins ids that exist before it, as in any trained table.
    const table = fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 12 }).map((pairs) => {
      const known = [0, 1, 2];
      const unique = new Map<string, [number, number]>();
      for (const [a, b] of pairs) {
        const pair: [number, number] = [known[a % known.length], known[b % known.length]];
        if (unique.has(pair.join())) continue;
        known.push(256 + unique.size);
        unique.set(pair.join(), pair);
      }
      return tableOf([...unique.values()]);
    });
    const bytes = fc.uint8Array({ max: 2, maxLength: 40 });
    fc.assert(
      fc.property(table, bytes, (table, bytes) => {
        expect(mergeBytes(bytes, table)).toEqual(mergePlainly(bytes, table));
      }),
      { numRuns: 1000 },
    );
  });

  it('gives nothing for nothing', () => {
    expect(mergeBytes(new Uint8Array(), tableOf([]))).toEqual([]);
  });
});

/** GPT-2's expression, with Unicode's white space for JavaScript's. */
const PATTERN = new RegExp(
  String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
    .replaceAll(String.raw`[^\s`, String.raw`[^\p{White_Space}`)
    .replaceAll(String.raw`\s`, String.raw`\p{White_Space}`)
    .replaceAll(String.raw`\S`, String.raw`\P{White_Space}`),
  'gu',
);

function words(text: string): string[] {
  const all: string[] = [];
  for (let start = 0, end = 0; start < text.length; start = end) {
    end = wordEnd(text, start, text.length);
    all.push(text.slice(start, end));
  }
  return all;
}

describe('wordEnd', () => {
  it('gives a blank to the word after it and splits contractions off', () => {
    expect(words("it's  we'll,\n\n 3.5 x")).toEqual([
      'it',
      "'s",
      ' ',
      ' we',
      "'ll",
      ',',
      '\n\n',
      ' 3',
      '.',
      '5',
      ' x',
    ]);
    expect(words("'S 's don'")).toEqual(["'", 'S', " '", 's', ' don', "'"]);
  });

  it("splits any text as GPT-2's expression does", () => {
    const piece = fc.oneof(
      fc.constantFrom(' ', '\n', '\t', '\u0085', '\u00a0', '\ufeff', "'", 'a', 'é', '1', '.', '😀'),
      fc.constantFrom("'s", "'re", "'l", "'ll", "'ve", '  ', '\u{20000}', '\u{1d7d9}', '\ud83d'),
      fc.string({ unit: 'binary', maxLength: 2 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join('');
        expect(words(text)).toEqual(text.match(PATTERN) ?? []);
      }),
      { numRuns: 500 },
    );
  });

  it('ignores text after the limit', () => {
    expect(wordEnd('a \n b', 1, 3)).toBe(3);
    expect(wordEnd("'re", 0, 2)).toBe(1);
    expect(wordEnd(' a', 0, 1)).toBe(1);
  });

  it('takes a line of ten million Chinese characters, for which the expression has no stack', () => {
    const line = '中'.repeat(1e7);
    expect(() => line.match(PATTERN)).toThrow('Maximum call stack size exceeded');
    expect(wordEnd(line, 0, line.length)).toBe(line.length);
  });
});
