import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { create } from 'tar';

import { tarFiles } from './archives.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-tar-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('tarFiles', () => {
  it.each([true, false])('reads every file, long ones too (gzip: %s)', async (gzip) => {
    const wanted = Array.from({ length: 300 }, (_, i) => ({
      path: `news/${String(i).padStart(3, '0')}.story`,
      content: `${i} `.repeat(i === 7 ? 100_000 : i),
    }));
    await mkdir(join(folder, 'news'));
    for (const { path, content } of wanted) await writeFile(join(folder, path), content);
    const file = join(folder, 'news.tgz');
    const paths = wanted.map(({ path }) => path);
    await create({ cwd: folder, gzip, file }, ['news', ...paths]);
    const got = new Map<string, string>();
    for await (const { path, content } of tarFiles(file)) got.set(path, content.toString());
    expect([...got].sort()).toEqual(wanted.map(({ path, content }) => [path, content]));
  });
});
