import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { findDataFiles } from './find-data-files.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-data-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function file(name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, content);
  return path;
}

async function* stdin(): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from('typed'));
}
const options = { extensions: ['.mid', '.midi'], stdin: stdin() };

describe('findDataFiles', () => {
  it('takes a file whatever its name ends in, with its size', async () => {
    const path = await file('song', 'MThd');
    expect(await findDataFiles([path], options)).toEqual([
      { name: path, sizeBytes: 4, chunks: expect.any(Function) as () => unknown },
    ]);
  });

  it("finds an app's kinds of files below a folder, sorted", async () => {
    const paths = [await file('music/a/z.mid', ''), await file('music/b.MIDI', '')];
    await file('music/a.txt', '');
    const found = await findDataFiles([join(folder, 'music')], options);
    expect(found.map(({ name }) => name)).toEqual(paths);
  });

  it('reads standard input', async () => {
    const [typed] = await findDataFiles(['-'], options);
    const read: string[] = [];
    for await (const chunk of typed.chunks()) read.push(Buffer.from(chunk).toString());
    expect([typed.name, ...read]).toEqual(['standard input', 'typed']);
  });

  it('says what is not there', async () => {
    await file('texts/a.txt', '');
    const expectMessage = (path: string, message: string): Promise<void> =>
      expect(findDataFiles([join(folder, path)], options)).rejects.toHaveProperty(
        'message',
        `${join(folder, path)}: ${message}`,
      );
    await expectMessage('none.mid', 'expected a file or folder, got nothing at that path');
    await expectMessage('texts', 'expected a folder with .mid or .midi files, got none');
  });
});
