import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { readDocuments, type ReadOptions } from './read-documents.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-read-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function file(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, content);
  return path;
}

async function read(paths: string[], options?: ReadOptions): Promise<string[]> {
  const documents = [''];
  for await (const piece of readDocuments(paths, options)) {
    documents[documents.length - 1] += piece.text;
    if (piece.endsDocument) documents.push('');
  }
  return documents.slice(0, -1);
}

describe('readDocuments', () => {
  it('reads each plain file as a document, unchanged', async () => {
    const [a, b] = [await file('a.txt', 'one\r\ntwo\n'), await file('b.md', '\uFEFF# drei ß\n')];
    expect(await read([a, b])).toEqual(['one\r\ntwo\n', '# drei ß\n']);
  });

  it('reads every .txt file below a folder, sorted, each a document', async () => {
    await file('books/b.txt', 'b');
    await file('books/a/z.txt', 'a/z');
    await file('books/a.TXT', 'a');
    await file('books/empty.txt', '');
    await file('books/picture.png', 'no text');
    expect(await read([join(folder, 'books')])).toEqual(['a', 'a/z', 'b']);
  });

  it('reads each line of a .jsonl file as a document', async () => {
    const path = await file('talks.jsonl', '{"text":"one"}\n{"text":""}\n{"text":"two\\n"}\n');
    expect(await read([path])).toEqual(['one', 'two\n']);
  });

  it('splits plain text at separator lines', async () => {
    const path = await file('a.txt', 'one\n<|endoftext|>\n<|endoftext|>\ntwo\n');
    expect(await read([path], { documentSeparator: '<|endoftext|>' })).toEqual(['one\n', 'two\n']);
  });

  it('reads standard input', async () => {
    async function* standardInput(): AsyncGenerator<Uint8Array> {
      for (const byte of Buffer.from('naïve\n')) yield await Promise.resolve(Uint8Array.of(byte));
    }
    expect(await read(['-'], { standardInput: standardInput() })).toEqual(['naïve\n']);
  });

  it('reads a long file in pieces', async () => {
    const text = 'All work and no play makes Jack a dull boy.\n'.repeat(100_000);
    const pieces: string[] = [];
    for await (const piece of readDocuments([await file('long.txt', text)])) {
      pieces.push(piece.text);
    }
    expect(pieces.length).toBe(Math.ceil(text.length / 2 ** 18));
    expect(pieces.join('')).toBe(text);
  });

  it('leaves no file open when its reader stops early', async () => {
    const path = await file('a.txt', 'word '.repeat(1_000_000));
    for await (const piece of readDocuments([path])) {
      expect(piece.endsDocument).toBe(false);
      break;
    }
    await rm(path);
  });
});

describe('readDocuments, given unreadable files,', () => {
  it.each([
    ['nothing.txt', 'expected a file or folder, got nothing at that path'],
    ['data.bin', 'expected UTF-8 text, got a NUL byte at offset 12'],
    [
      'latin.txt',
      'expected UTF-8 text, got byte 0xe9 at offset 3; iconv converts text of another encoding',
    ],
    ['empty.txt', 'expected text, got none'],
    ['mark.txt', 'expected text, got none'],
    ['empty.jsonl', 'expected text, got none'],
    ['pictures', 'expected a folder with .txt files, got none'],
    ['empties', 'expected text, got none'],
    ['a.txt/b.txt', 'expected only folders in the path before it, got a file'],
  ])('gives the reason: %s', async (name, message) => {
    await file('data.bin', 'twelve bytes\0');
    await file('latin.txt', Buffer.from('café', 'latin1'));
    await file('empty.txt', '');
    await file('mark.txt', '\uFEFF');
    await file('empty.jsonl', '\n{"text":""}\n');
    await file('pictures/a.png', '');
    await file('empties/a.txt', '');
    await file('a.txt', 'a');
    const path = join(folder, name);
    await expect(read([path])).rejects.toHaveProperty('message', `${path}: ${message}`);
  });

  it('names the line of a .jsonl file', async () => {
    const path = await file('a.jsonl', '{"text":"a"}\n{}\n');
    await expect(read([path])).rejects.toThrow(
      new Error(`${path} line 2: expected JSON like {"text": "…"}, got {}`),
    );
  });

  it('names standard input', async () => {
    async function* standardInput(): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(Uint8Array.of(0xff));
    }
    const options = { standardInput: standardInput() };
    await expect(read(['-'], options)).rejects.toThrow(
      new Error(
        'standard input: expected UTF-8 text, got byte 0xff at offset 0; iconv converts text of another encoding',
      ),
    );
    await expect(read(['-'], options)).rejects.toThrow(
      new Error('standard input: expected text, got none'),
    );
  });

  it('refuses a separator of two lines', async () => {
    const path = await file('a.txt', 'a');
    await expect(read([path], { documentSeparator: 'a\nb' })).rejects.toThrow(
      new RangeError('documentSeparator: expected one line, got "a\\nb"'),
    );
  });
});
