import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { hashFiles } from './read-documents.js';

/** `printf 'Call me Ishmael.\n' | sha256sum` */
const ISHMAEL = '7376efceaacd85bc1d8dbfdaf8a17fb7c5ce4a31d2be652a52a8e834e09c4c7e';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-hash-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function file(name: string, content: string): Promise<string> {
  await writeFile(join(folder, name), content);
  return join(folder, name);
}
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
