import type { DataFile } from '@ramble/core';
import type { TextExample } from '@ramble/language';

import { readExamples } from './text-app.js';

function file(name: string, content: string | Uint8Array): DataFile {
  return {
    name,
    chunks: async function* () {
      yield await Promise.resolve(Buffer.from(content));
    },
  };
}

async function read(...files: DataFile[]): Promise<TextExample[]> {
  const examples: TextExample[] = [];
  for await (const example of readExamples(files)) examples.push(example);
  return examples;
}

describe('readExamples', () => {
  it('reads plain files as documents and lines of JSON too', async () => {
    const files = [file('a.txt', 'one\r\n'), file('b.jsonl', '{"text":"two"}\n{"text":"three"}\n')];
    expect(await read(...files)).toEqual([
      { text: 'one\r\n', endsDocument: true, origin: { name: 'a.txt', linesBefore: 0 } },
      { text: 'two', endsDocument: true, origin: { name: 'b.jsonl' } },
      { text: 'three', endsDocument: true, origin: { name: 'b.jsonl' } },
    ]);
  });

  it('reads a long document in parts', async () => {
    const text = 'All work and no play makes Jack a dull boy.\n'.repeat(50_000);
    const parts = await read(file('long.txt', text));
    expect(parts.length).toBeGreaterThan(1);
    expect(parts.map((part) => part.text).join('')).toBe(text);
    const lines = parts[0].text.split('\n').length - 1;
    expect(parts[1].origin).toEqual({ name: 'long.txt', linesBefore: lines });
    expect(parts.map(({ endsDocument }) => endsDocument)).toEqual(
      parts.map((_, i) => i === parts.length - 1),
    );
  });

  it.each([
    ['empty.txt', '', 'empty.txt: expected text, got none'],
    ['empty.jsonl', '\n', 'empty.jsonl: expected text, got none'],
    [
      'photo.txt',
      Uint8Array.of(0xff, 0xd8),
      'photo.txt: expected UTF-8 text, got byte 0xff at offset 0; iconv converts text of another encoding',
    ],
    ['binary.txt', 'MThd\0', 'binary.txt: expected UTF-8 text, got a NUL byte at offset 4'],
    ['a.jsonl', '{"txt":1}', 'a.jsonl line 1: expected JSON like {"text": "…"}, got {"txt":1}'],
  ])('names %s and its fault', async (name, content, message) => {
    await expect(read(file('good.txt', 'good'), file(name, content))).rejects.toHaveProperty(
      'message',
      message,
    );
  });
});
