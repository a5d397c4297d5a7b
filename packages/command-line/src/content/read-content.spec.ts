import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { lettersApp } from '../../test/letters-app.js';
import { readContent } from './read-content.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-content-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function* typed(content: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(content);
}
async function read(name: string, content: Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return Buffer.from(await readContent(path, typed(Buffer.from('typed')))).toString();
}

/** `call me\n`, by the program zstd. */
const ZSTD = Buffer.from('KLUv/QRYQQAAY2FsbCBtZQoHIztQ', 'base64');

describe('readContent', () => {
  it('returns the bytes of a file or of standard input unchanged', async () => {
    expect(await read('a.txt', Buffer.from('call me\r\n'))).toBe('call me\r\n');
    expect(await read('empty', Buffer.alloc(0))).toBe('');
    expect(Buffer.from(await readContent('-', typed(Buffer.from('typed')))).toString()).toBe(
      'typed',
    );
  });

  it('unpacks gzip and zstd, of standard input too', async () => {
    expect(await read('a.txt.gz', gzipSync('call me\n'))).toBe('call me\n');
    expect(await read('unnamed', gzipSync('MThd'))).toBe('MThd');
    expect(await read('a.txt.zst', ZSTD)).toBe('call me\n');
    expect(Buffer.from(await readContent('-', typed(gzipSync('typed')))).toString()).toBe('typed');
  });

  it('gives the text of a page for an app of texts, and its bytes for others', async () => {
    const path = join(folder, 'page.html');
    await writeFile(path, '<p>Call me <b>Ishmael</b>.');
    const { data } = lettersApp;
    for (const [app, content] of [
      [{ data: { ...data, fields: { names: ['text'] } } }, 'Call me Ishmael.'],
      [{ data }, '<p>Call me <b>Ishmael</b>.'],
    ] as const) {
      const bytes = await readContent(path, typed(Buffer.alloc(0)), app);
      expect(Buffer.from(bytes).toString()).toBe(content);
    }
  });

  it('names a file whose contents are not compressed as its extension claims', async () => {
    await expect(read('b.gz', Buffer.from('call me'))).rejects.toThrow(
      new Error(`${join(folder, 'b.gz')}: expected gzip data, got other bytes`),
    );
  });

  (process.platform === 'win32' ? it.skip : it)(
    'refuses a named pipe, whose writer it would wait for',
    async () => {
      const path = join(folder, 'pipe');
      execFileSync('mkfifo', [path]);
      await expect(readContent(path, typed(Buffer.alloc(0)))).rejects.toThrow(
        new Error(
          `${path}: expected a file, got a named pipe. Pipe a program's output into standard input: PROGRAM | ramble … with - in place of the file`,
        ),
      );
    },
  );
});
