import { execFileSync } from 'node:child_process';
import { lstat, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Artifact } from '@ramble/core';
import { mountSmallDisk } from '@ramble/node/testing';

import { checkExtension, writeArtifact } from './write-artifact.js';

const textOf = (text: string): Artifact => ({ kind: 'text', text });
const fileOf = (text: string): Artifact => ({
  kind: 'file',
  extension: '.mid',
  bytes: Buffer.from(text),
});

const posix = process.platform === 'win32' ? it.skip : it;

describe('writeArtifact', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ramble-artifact-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('makes the folder of the requested file', async () => {
    const out = join(folder, 'new', 'song.mid');
    expect(await writeArtifact(fileOf('la'), { out, name: 'music' })).toBe(out);
    expect(await readFile(out, 'utf8')).toBe('la');
  });

  posix('writes to the file that a link leads to', async () => {
    const [out, file] = [join(folder, 'link.txt'), join(folder, 'file.txt')];
    await writeFile(file, 'old');
    await symlink(file, out);
    await writeArtifact(textOf('new'), { out, name: 'text' });
    expect(await readFile(file, 'utf8')).toBe('new');
    expect((await lstat(out)).isSymbolicLink()).toBe(true);
  });

  posix('writes into a pipe, which stays one', async () => {
    const out = join(folder, 'pipe');
    execFileSync('mkfifo', [out]);
    const read = readFile(out, 'utf8');
    await writeArtifact(textOf('new'), { out, name: 'text' });
    expect(await read).toBe('new');
    expect((await stat(out)).isFIFO()).toBe(true);
  });
});

const disk = mountSmallDisk();
afterAll(() => disk?.unmount());

// Only root may mount a small disk.
(disk ? describe : describe.skip)('an output for which there is no room', () => {
  const folder = disk?.folder ?? '';
  const long = 'x'.repeat(100_000);
  beforeAll(async () => {
    await writeFile(join(folder, 'old.mid'), 'old');
    await writeFile(join(folder, 'ballast'), 'x'.repeat(1_000_000));
  });

  it('keeps the existing file that it should have replaced', async () => {
    const out = join(folder, 'old.mid');
    await expect(writeArtifact(fileOf(long), { out, name: 'music' })).rejects.toHaveProperty(
      'message',
      `${out}: expected free space on the disk, got a full one`,
    );
    expect(await readFile(out, 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['ballast', 'old.mid']);
  });

  it('leaves no new file, so that the next output takes its name', async () => {
    const name = join(folder, 'music');
    await expect(writeArtifact(fileOf(long), { name })).rejects.toHaveProperty(
      'message',
      `${name}-1.mid: expected free space on the disk, got a full one`,
    );
    expect(await readdir(folder)).toEqual(['ballast', 'old.mid']);
    expect(await writeArtifact(fileOf('la'), { name })).toBe(`${name}-1.mid`);
  });
});

describe('checkExtension', () => {
  it.each([
    [['.html'], '.html'],
    [['.mid', '.svg'], '.mid or .svg'],
    [['.mid', '.midi', '.svg'], '.mid, .midi or .svg'],
  ])('lists the extensions %j in words', (extensions, list) => {
    expect(() => {
      checkExtension('--out', extensions, 'x.png');
    }).toThrow(`--out: expected a name that ends in ${list}, got x.png`);
  });
});
