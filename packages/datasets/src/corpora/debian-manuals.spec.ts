import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { debianManuals } from './debian-manuals.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-manuals-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function fakeProgram(name: string, script: string): Promise<void> {
  await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`);
  await chmod(join(folder, name), 0o755);
}

describe('debianManuals', () => {
  it('reads the English pages of packages that apt-get downloads, links left out', async () => {
    const manuals = join(folder, 'files', 'usr', 'share', 'man');
    await mkdir(join(manuals, 'man1'), { recursive: true });
    await mkdir(join(manuals, 'fr', 'man1'), { recursive: true });
    await writeFile(join(manuals, 'man1', 'b.1.gz'), gzipSync('.SH NAME\nb é\n'));
    await writeFile(join(manuals, 'man1', 'a.1'), '.SH NAME\na\n');
    await writeFile(join(manuals, 'fr', 'man1', 'a.1'), '.SH NOM\na\n');
    await fakeProgram(
      'apt-get',
      'case "$*" in *update) ;; *"download cats dogs") touch cats.deb dogs.deb ;; *) exit 9 ;; esac',
    );
    await fakeProgram(
      'dpkg-deb',
      `test "$1 $3" = "-x files" && test -f "$2" && cp -r "${folder}/files" . && ln -sf a.1 files/usr/share/man/man1/link.1`,
    );
    const environment = { PATH: [folder, process.env.PATH].join(delimiter) };
    const work = join(folder, 'work');
    await mkdir(work);
    expect(await debianManuals('manuals', ['cats', 'dogs'], { folder: work, environment })).toEqual(
      ['.SH NAME\na\n', '.SH NAME\nb é\n'],
    );
  });

  it('reports the error of apt-get', async () => {
    await fakeProgram(
      'apt-get',
      'case "$*" in *update) ;; *) echo "E: no cats" >&2; exit 100 ;; esac',
    );
    const environment = { PATH: folder };
    await expect(debianManuals('manuals', ['cats'], { folder, environment })).rejects.toThrow(
      /^manuals: expected "apt-get .* download cats" to succeed, got exit status 100: E: no cats$/,
    );
  });
});
