import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { hashFiles, saveStream } from './read-documents.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-save-'));
});
afterEach(() => rm(folder, { recursive: true }));

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
