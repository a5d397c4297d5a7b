import fc from 'fast-check';

import {
  cutPieces,
  jsonDocuments,
  type PieceSizes,
  splitDocuments,
  type TextPiece,
} from './documents.js';

/** Patterns by which tokenizers cut text into words before byte pairs, without ignored case. */
const WORDS: readonly [string, RegExp][] = [
  // github.com/openai/gpt-2 src/encoder.py
  ['GPT-2', /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu],
  // tokenizer.json of Llama 3 and of Qwen 3
  [
    'Llama 3',
    /'s|'t|'re|'ve|'m|'ll|'d|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+/gu,
  ],
  [
    'Qwen',
    /'s|'t|'re|'ve|'m|'ll|'d|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+/gu,
  ],
];

async function* fragmentsOf(documents: string[], size: number): AsyncGenerator<TextPiece> {
  for (const document of documents) {
    for (let at = 0; at < document.length; at += size) {
      yield await Promise.resolve({ text: document.slice(at, at + size), endsDocument: false });
    }
    yield { text: '', endsDocument: true };
  }
}

async function cut(documents: string[], size: number, sizes?: PieceSizes): Promise<TextPiece[]> {
  const pieces: TextPiece[] = [];
  for await (const piece of cutPieces(fragmentsOf(documents, size), sizes)) pieces.push(piece);
  return pieces;
}

const texts = (units: string[]): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...units), minLength: 1, maxLength: 200 });
const sizes = fc.record({
  usual: fc.integer({ min: 1, max: 20 }),
  longest: fc.integer({ min: 20, max: 60 }),
});
const UNITS = [
  ...['a', 'é', '語', '7', "'s", "'", '.', '!?', '😀', '\u0301'],
  ...[' ', ' ', '  ', '\n', '\r\n', '\t', '\u00A0', '\u0085', '\u3000', '\uFEFF', '\v'],
];

describe('cutPieces', () => {
  it.each(WORDS)('gives %s the same words as the whole text', async (_, word) => {
    await fc.assert(
      fc.asyncProperty(
        texts(UNITS),
        fc.integer({ min: 1, max: 9 }),
        sizes,
        async (text, size, s) => {
          // No cap: every cut is then at a safe place.
          const pieces = await cut([text], size, { usual: s.usual, longest: 10_000 });
          const words = pieces.flatMap((piece) => piece.text.match(word) ?? []);
          expect(words).toEqual(text.match(word));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('loses nothing, splits no character, exceeds no cap and marks each end', async () => {
    const documents = fc.array(texts(['x', '語', '😀', ' ']), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(documents, fc.integer({ min: 1, max: 9 }), sizes, async (all, size, s) => {
        const pieces = await cut(all, size, s);
        const joined = pieces.map(({ text, endsDocument }) => (endsDocument ? `${text}\0` : text));
        expect(joined.join('')).toBe(all.map((text) => `${text}\0`).join(''));
        for (const { text } of pieces) {
          expect(text).not.toBe('');
          expect(text).not.toMatch(/\p{Surrogate}/u);
          expect(text.length).toBeLessThanOrEqual(s.longest);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('cuts before the last white space that follows a word within the usual length', async () => {
    const pieces = await cut(['one two  three\nfour'], 100, { usual: 10, longest: 100 });
    expect(pieces.map(({ text }) => text)).toEqual(['one two', '  three', '\nfour']);
  });

  it('does not cut between punctuation and a line end, which tokenizers join', async () => {
    const pieces = await cut(['one two.\nthree four\nfive'], 100, { usual: 9, longest: 100 });
    expect(pieces.map(({ text }) => text)).toEqual(['one', ' two.\nthree', ' four', '\nfive']);
  });

  it('cuts a document without white space between two characters at the cap', async () => {
    const pieces = await cut(['😀'.repeat(6)], 5, { usual: 3, longest: 5 });
    expect(pieces.map(({ text }) => text)).toEqual(['😀😀', '😀😀', '😀😀']);
  });

  it('drops a document without text', async () => {
    expect(await cut(['', 'a', ''], 1)).toEqual([{ text: 'a', endsDocument: true }]);
  });

  it('makes pieces of about 2^18 by default', async () => {
    const pieces = await cut(['word '.repeat(200_000)], 2 ** 20);
    const lengths = pieces.map(({ text }) => text.length);
    expect(lengths.slice(0, -1).every((length) => length > 262_138)).toBe(true);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(2 ** 18);
  });
});

async function* chunksOf(text: string, size: number): AsyncGenerator<string> {
  for (let at = 0; at < text.length; at += size) {
    yield await Promise.resolve(text.slice(at, at + size));
  }
}

async function read(text: string, size = 5): Promise<string[]> {
  const documents: string[] = [];
  for await (const piece of jsonDocuments({ name: 'talk.jsonl' }, chunksOf(text, size))) {
    expect(piece.endsDocument).toBe(true);
    documents.push(piece.text);
  }
  return documents;
}

describe('jsonDocuments', () => {
  it('takes the text of each line and skips empty lines and other fields', async () => {
    const lines = '{"text":"one\\ntwo"}\r\n\n{"id":7,"text":"é"}\n  \n{"text":""}';
    for (const size of [1, 5, 100]) expect(await read(lines, size)).toEqual(['one\ntwo', 'é', '']);
  });

  it.each([
    ['is not JSON', '{"text":"a"}\n\n{"text": oops}', 3, '{"text": oops}'],
    ['has no text', '{"txt":"a"}\n', 1, '{"txt":"a"}'],
    ['has a text that is no string', '{"text":"a"}\n{"text":5}\n', 2, '{"text":5}'],
    ['is no object', 'null', 1, 'null'],
    ['is long', `["${'x'.repeat(100)}"]`, 1, `["${'x'.repeat(58)}…`],
  ])('names the line that %s', async (_, text, line, shown) => {
    await expect(read(text)).rejects.toThrow(
      new Error(`talk.jsonl line ${line}: expected JSON like {"text": "…"}, got ${shown}`),
    );
  });
});

async function split(text: string, separator?: string, size = 3): Promise<string[]> {
  const documents = [''];
  for await (const piece of splitDocuments(chunksOf(text, size), separator)) {
    documents[documents.length - 1] += piece.text;
    if (piece.endsDocument) documents.push('');
  }
  return documents.slice(0, -1);
}

describe('splitDocuments', () => {
  it('leaves text without a separator whole', async () => {
    expect(await split('one\n---\ntwo\n')).toEqual(['one\n---\ntwo\n']);
  });

  it('splits at lines that equal the separator, which belong to no document', async () => {
    expect(await split('one\n---\ntwo\nlines\n---\nthree', '---')).toEqual([
      'one\n',
      'two\nlines\n',
      'three',
    ]);
  });

  it('takes no other line for a separator', async () => {
    const text = 'a ---\n--- b\n----\n --\n--\n';
    expect(await split(text, '---')).toEqual([text]);
  });

  it('splits at separators at the start, at the end, and twice in a row', async () => {
    expect(await split('---\na\n---\n---\nb\n---', '---')).toEqual(['', 'a\n', '', 'b\n']);
  });

  it('splits at a separator line that ends in CR LF', async () => {
    expect(await split('a\r\n---\r\nb\r\n---\r', '---')).toEqual(['a\r\n', 'b\r\n']);
  });

  it('splits at empty lines', async () => {
    expect(await split('a\nb\n\nc\n', '')).toEqual(['a\nb\n', 'c\n']);
  });

  it('does not depend on how the text was cut into chunks', async () => {
    const texts = fc.string({ unit: fc.constantFrom('-', '--', 'a', '\n', '\r\n', '--\n') });
    await fc.assert(
      fc.asyncProperty(texts, fc.integer({ min: 1, max: 9 }), async (text, size) => {
        expect(await split(text, '--', size)).toEqual(await split(text, '--', text.length + 1));
      }),
      { numRuns: 1000 },
    );
  });

  it('loses nothing but the separators', async () => {
    const lines = fc.array(fc.constantFrom('--', '---', 'word', ''), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(lines, async (parts) => {
        const expected: string[] = [''];
        for (const part of parts) {
          if (part === '--') expected.push('');
          else expected[expected.length - 1] += `${part}\n`;
        }
        expect(await split(parts.map((part) => `${part}\n`).join(''), '--')).toEqual(expected);
      }),
    );
  });
});
