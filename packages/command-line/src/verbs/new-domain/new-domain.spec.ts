import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { mountSmallDisk } from '@ramble/node/testing';

import { type Outcome, runCommand } from '../../../test/run-command.js';

const before = process.cwd();
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-new-'));
  process.chdir(folder);
});
afterEach(async () => {
  process.chdir(before);
  await rm(folder, { recursive: true });
});

const disk = mountSmallDisk();
afterAll(() => disk?.unmount());

const newDomain = (...words: string[]): Promise<Outcome> => runCommand(['new-domain', ...words]);
const FILES = ['README.md', 'data.txt', 'domain.js', 'domain.test.js', 'package.json'];

describe('new-domain', () => {
  it('writes a package of that name', async () => {
    const { status, stdout } = await newDomain('sea-shells');
    expect([status, stdout]).toEqual([0, FILES.map((file) => `sea-shells/${file}\n`).join('')]);
    expect((await readdir('sea-shells')).sort()).toEqual(FILES);
    const texts = await Promise.all(FILES.map((file) => readFile(`sea-shells/${file}`, 'utf8')));
    expect(texts.join('')).not.toContain('my-domain');
    expect(JSON.parse(texts[4])).toMatchObject({
      name: 'sea-shells',
      peerDependencies: { '@ramble/core': '0.1.0' },
    });
  });

  it('writes dependencies that npm installs, outside the clone and without a registry', async () => {
    await newDomain('shells');
    const offline = ['install', '--offline', '--no-audit', '--no-fund'];
    execFileSync('npm', offline, { cwd: 'shells', stdio: 'pipe' });
    const env = { ...process.env, NODE_OPTIONS: '' };
    const core = "import('@ramble/core').then(({ train }) => console.log(typeof train))";
    const coreOutput = execFileSync(process.execPath, ['-e', core], { cwd: 'shells', env });
    expect(String(coreOutput)).toBe('function\n');
    expect(await readdir('shells/node_modules/.bin')).toEqual(['ramble']);
  });

  it('packs only the domain, for a project that has ramble, without links to the clone', async () => {
    await newDomain('shells');
    await mkdir('shells/runs');
    await writeFile('shells/runs/model.safetensors', 'large');
    const pack = ['pack', '--json', '--pack-destination', '..'];
    const [packed] = JSON.parse(
      String(execFileSync('npm', pack, { cwd: 'shells', stdio: 'pipe' })),
    ) as [{ readonly filename: string; readonly files: readonly { readonly path: string }[] }];
    expect(packed.files.map(({ path }) => path)).toEqual([
      'README.md',
      'domain.js',
      'package.json',
    ]);

    await mkdir('deep/project', { recursive: true });
    const core = await realpath(new URL('../../../../core', import.meta.url));
    const { devDependencies } = JSON.parse(await readFile('shells/package.json', 'utf8')) as {
      readonly devDependencies: object;
    };
    expect(devDependencies).toHaveProperty('@ramble/core');
    const install = ['install', '--offline', '--no-audit', '--no-fund', core];
    execFileSync('npm', [...install, `../../${packed.filename}`], {
      cwd: 'deep/project',
      stdio: 'pipe',
    });
    const program = "import('shells').then((domain) => console.log(domain.default.name))";
    const env = { ...process.env, NODE_OPTIONS: '' };
    const printed = execFileSync(process.execPath, ['-e', program], { cwd: 'deep/project', env });
    expect(String(printed)).toBe('shells\n');
  });

  it('prints the written files as JSON', async () => {
    const { stdout } = await newDomain('shells', '--json');
    expect(JSON.parse(stdout)).toEqual({ folder: 'shells', files: FILES });
  });

  it('keeps existing files', async () => {
    await newDomain('shells');
    await writeFile('shells/domain.js', 'mine');
    expect(await newDomain('shells')).toEqual({
      status: 1,
      stdout: '',
      stderr: 'error: shells: expected a new folder, got one that exists\n',
    });
    expect(await readFile('shells/domain.js', 'utf8')).toBe('mine');
  });

  // Only root may mount a disk that is small enough to fill.
  (disk ? it : it.skip)('leaves nothing on a full disk', async () => {
    process.chdir(disk!.folder);
    await writeFile('much', Buffer.alloc((1 << 20) - 8192)); // keeps space for two files
    expect(await newDomain('shells')).toEqual({
      status: 1,
      stdout: '',
      stderr: 'error: shells: expected free space on the disk, got a full one\n',
    });
    expect(await readdir('.')).toEqual(['much']);
  });

  it.each([
    [
      ['Shells'],
      'new-domain: expected a name of lowercase letters, digits and "-" that begins with a letter, got Shells',
    ],
    [
      ['../shells'],
      'new-domain: expected a name of lowercase letters, digits and "-" that begins with a letter, got ../shells',
    ],
    [['letters'], 'new-domain: expected a new name, got letters, which ramble already uses'],
    [[], 'ramble new-domain: expected <name>, got nothing'],
  ])('refuses the name %j', async (words, complaint) => {
    expect(await newDomain(...words)).toEqual({
      status: 2,
      stdout: '',
      stderr: `error: ${complaint}\n`,
    });
    expect(await readdir('.')).toEqual([]);
  });
});
