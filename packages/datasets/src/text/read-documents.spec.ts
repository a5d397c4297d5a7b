import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHash } from 'node:crypto';

import {
  hashFiles,
  readDocuments,
  type ReadOptions,
  readText,
  saveStream,
} from './read-documents.js';
import type { TextPiece } from './documents.js';

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

/** `printf 'Call me Ishmael.\n' | sha256sum` */
const ISHMAEL = '7376efceaacd85bc1d8dbfdaf8a17fb7c5ce4a31d2be652a52a8e834e09c4c7e';
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('hashFiles', () => {
  it("equals sha256sum's for one plain file", async () => {
    const path = await file('a.txt', 'Call me Ishmael.\n');
    expect(await hashFiles([path])).toEqual({ sha256: ISHMAEL, sizeBytes: 17 });
  });

  it('is the hash of a list for several files', async () => {
    const paths = [await file('a.txt', 'a'), await file('b.jsonl', 'bb')];
    const list = `plain ${sha256('a')}\njsonl ${sha256('bb')}\n`;
    expect(await hashFiles(paths)).toEqual({ sha256: sha256(list), sizeBytes: 3 });
  });

  it('is the same for a folder and for its files', async () => {
    await mkdir(join(folder, 'books'));
    const paths = [await file('books/a.txt', 'a'), await file('books/b.txt', 'b')];
    expect(await hashFiles([join(folder, 'books')])).toEqual(await hashFiles(paths));
  });

  it('changes with everything that changes the documents', async () => {
    const [a, b] = [await file('a.txt', 'a\n'), await file('b.txt', 'b\n')];
    const hashes = await Promise.all([
      hashFiles([a]),
      hashFiles([b]),
      hashFiles([a, b]),
      hashFiles([b, a]),
      hashFiles([await file('ab.txt', 'a\nb\n')]),
      hashFiles([await file('a.jsonl', 'a\n')]),
      hashFiles([a], { documentSeparator: '' }),
      hashFiles([a], { documentSeparator: '--' }),
    ]);
    expect(new Set(hashes.map((hash) => hash.sha256)).size).toBe(hashes.length);
  });

  it('refuses standard input, which can be read only once', async () => {
    await expect(hashFiles(['-'])).rejects.toThrow(
      new Error('-: expected a file to hash, got standard input; save it as a file first'),
    );
  });

  it('names a missing file', async () => {
    await expect(hashFiles(['nothing.txt'])).rejects.toHaveProperty(
      'message',
      'nothing.txt: expected a file or folder, got nothing at that path',
    );
  });
});

describe('readText', () => {
  async function read(name: string, content: string): Promise<TextPiece[]> {
    async function* chunks(): AsyncGenerator<Uint8Array> {
      for (const byte of Buffer.from(content)) yield await Promise.resolve(Uint8Array.of(byte));
    }
    const pieces: TextPiece[] = [];
    for await (const piece of readText({ name, chunks })) pieces.push(piece);
    return pieces;
  }

  it('takes any source of bytes for one document', async () => {
    expect(await read('standard input', '\uFEFFnaïve\r\n')).toEqual([
      { text: 'naïve\r\n', endsDocument: true },
    ]);
  });

  it('determines documents by the name of the file', async () => {
    expect(await read('TALKS.JSONL', '{"text":"one"}\n{"text":"two"}')).toEqual([
      { text: 'one', endsDocument: true },
      { text: 'two', endsDocument: true },
    ]);
  });

  it('gives nothing for nothing', async () => {
    expect(await read('a.txt', '')).toEqual([]);
  });
});

async function* words(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield await Promise.resolve(Buffer.from(text));
}

describe('saveStream', () => {
  it('saves a stream under its hash', async () => {
    const path = await saveStream(words('Call me ', 'Ishmael.'), join(folder, 'new'));
    expect(await readFile(path, 'utf8')).toBe('Call me Ishmael.');
    const { sha256 } = await hashFiles([path]);
    expect(path).toBe(join(folder, 'new', `${sha256}.txt`));
  });

  it('saves the same stream to the same place', async () => {
    const [first, second] = [
      await saveStream(words('a', 'b'), folder),
      await saveStream(words('ab'), folder),
    ];
    expect(first).toBe(second);
    expect(await readdir(folder)).toHaveLength(1);
  });

  it('leaves no file when the stream fails', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(Buffer.from('a'));
      throw new Error('broken pipe');
    }
    await expect(saveStream(broken(), folder)).rejects.toThrow(new Error('broken pipe'));
    expect(await readdir(folder)).toEqual([]);
  });

  it('names a folder that it cannot make', async () => {
    const path = await saveStream(words('a'), folder);
    await expect(saveStream(words('b'), path)).rejects.toHaveProperty(
      'message',
      `${join(path, `${process.pid}.txt`)}: expected a folder, got a file`,
    );
  });
});
