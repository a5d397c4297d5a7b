import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { deflateSync } from 'node:zlib';

import { debianTexts } from './debian-texts.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-debian-'));
});
afterEach(() => rm(folder, { recursive: true }));

const source = { kind: 'debian', package: 'r-cran-novels', entry: 'usr/lib/R/novels.rdb' } as const;

/** Stands in for a program of the system, which tests without a network cannot use. */
async function fakeProgram(name: string, script: string): Promise<void> {
  await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

/** An .rdb file of one vector of strings, as R writes it. */
function rdb(strings: readonly string[]): Buffer {
  const ints = (...values: number[]): Buffer =>
    Buffer.concat(values.map((value) => Buffer.from([0, 0, value >> 8, value & 0xff])));
  const object = Buffer.concat([
    ...[Buffer.from('X\n'), ints(3, 0, 0)],
    ...[ints(5), Buffer.from('UTF-8')],
    ints(16, strings.length),
    ...strings.flatMap((text) => [ints(0x8009, text.length), Buffer.from(text)]),
  ]);
  return Buffer.concat([ints(object.length), deflateSync(object)]);
}

describe('debianTexts', () => {
  it('reads the R data of a package that apt-get downloads', async () => {
    await writeFile(join(folder, 'novels.rdb'), rdb(['EMMA', 'By Jane Austen']));
    await fakeProgram('apt-get', 'test "$*" = "download r-cran-novels" && touch novels_1_all.deb');
    await fakeProgram(
      'dpkg-deb',
      `test "$*" = "-x novels_1_all.deb files" && mkdir -p files/usr/lib/R &&
       cp "${join(folder, 'novels.rdb')}" files/usr/lib/R/`,
    );
    const environment = { PATH: [folder, process.env.PATH].join(delimiter) };
    expect(await debianTexts('austen', source, { folder, environment })).toEqual([
      'EMMA\nBy Jane Austen\n',
    ]);
  });

  it('reports that apt-get is missing', async () => {
    const environment = { PATH: folder };
    await expect(debianTexts('austen', source, { folder, environment })).rejects.toHaveProperty(
      'message',
      'austen: apt-get was not found on the PATH',
    );
  });

  it('reports the error of apt-get', async () => {
    await fakeProgram('apt-get', 'echo "E: Unable to locate package $2" >&2; exit 100');
    const environment = { PATH: folder };
    await expect(debianTexts('austen', source, { folder, environment })).rejects.toThrow(
      new Error(
        'austen: expected "apt-get download r-cran-novels" to succeed, got exit status 100: ' +
          'E: Unable to locate package r-cran-novels',
      ),
    );
  });
});
