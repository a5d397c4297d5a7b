import fc from 'fast-check';

import { splitDocuments } from './documents.js';

async function* chunksOf(text: string, size: number): AsyncGenerator<string> {
  for (let at = 0; at < text.length; at += size) {
    yield await Promise.resolve(text.slice(at, at + size));
  }
}

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
