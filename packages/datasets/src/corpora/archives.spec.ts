import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { create } from 'tar';

import { extractZip, runCommand, tarFiles } from './archives.js';

const ARCHIVE = fileURLToPath(new URL('../../fixtures/wikitext.zip', import.meta.url));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-zip-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('extractZip', () => {
  it('writes the requested files to the given paths, and no other', async () => {
    const [train, test] = [join(folder, 'train.txt'), join(folder, 'test.txt')];
    const targets = new Map([
      ['raw/wiki.train.raw', train],
      ['raw/wiki.test.raw', test],
    ]);
    await extractZip('wikitext', ARCHIVE, targets);
    expect(await readFile(train, 'utf8')).toBe(' = Moby Dick = \n'.repeat(40));
    expect(await readFile(test, 'utf8')).toBe(' = Ulysses = \n');
    expect(await readdir(folder)).toHaveLength(2);
  });

  it('names a file that is not in the archive', async () => {
    const targets = new Map([['raw/wiki.raw', join(folder, 'a.txt')]]);
    await expect(extractZip('wikitext', ARCHIVE, targets)).rejects.toThrow(
      new Error('wikitext: expected raw/wiki.raw in the archive, got an archive without it'),
    );
  });
});

const options = { folder: tmpdir(), environment: process.env };
const script = (code: string): [string, ...string[]] => ['node', '-e', code];

describe('runCommand', () => {
  it('runs a program in a folder and an environment', async () => {
    const code = 'process.exitCode = process.cwd() === process.env.HERE ? 0 : 1';
    const environment = { ...process.env, HERE: tmpdir() };
    await expect(runCommand('x', script(code), { ...options, environment })).resolves.toBe(
      undefined,
    );
  });

  it('reports the first lines of a failed program on standard error', async () => {
    const code = 'for (const i of [1, 2, 3, 4, 5]) console.error("line " + i); process.exit(3)';
    await expect(runCommand('moby-dick', script(code), options)).rejects.toThrow(
      new Error(
        `moby-dick: expected "node -e ${code}" to succeed, got exit status 3: ` +
          'line 1; line 2; line 3; line 4',
      ),
    );
  });

  it('reports that a program is missing', async () => {
    await expect(runCommand('austen', ['no-such-program'], options)).rejects.toHaveProperty(
      'message',
      'austen: no-such-program was not found on the PATH',
    );
  });

  it('stops a program on abort', async () => {
    const controller = new AbortController();
    const run = runCommand('x', script('setInterval(() => {}, 1000)'), {
      ...options,
      signal: controller.signal,
    });
    controller.abort(new Error('Ctrl-C'));
    await expect(run).rejects.toThrow(new Error('Ctrl-C'));
  });
});

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
