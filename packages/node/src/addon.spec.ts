import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { loadBinary } from './addon.js';

const system = `${process.platform}-${process.arch}`;
const shipped = fileURLToPath(
  new URL('../../parallel/prebuilds/linux-x64/ramble.node', import.meta.url),
);
const how = 'with a C++ compiler, npm run build:native in a clone of ramble makes one';

describe('loadBinary', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ramble-binary-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('reports that the binary is missing, and how to make one', () => {
    expect(() => loadBinary({ folder, made: [] })).toThrow(
      new Error(`no binary for ${system}; ${how}`),
    );
  });

  it('refuses a binary that was made of other sources', async () => {
    const path = join(folder, 'build', 'ramble.node');
    await mkdir(dirname(path));
    await copyFile(shipped, path);
    const made = ['a hash that is not in it'];
    const reason = `${path}: expected the binary of this version, got another file`;
    expect(() => loadBinary({ folder, made })).toThrow(new Error(`${reason}; ${how}`));
    expect(() => loadBinary({ folder, made, override: path })).toThrow(new Error(reason));
  });

  it("refuses a binary whose bytes differ from the manifest's sha256", async () => {
    const path = join(folder, 'build', 'ramble.node');
    await mkdir(dirname(path));
    await copyFile(shipped, path);
    await writeFile(`${path}.json`, JSON.stringify({ sha256: '0'.repeat(64) }, undefined, 1));
    expect(() => loadBinary({ folder, made: [] })).toThrow(
      /: expected sha256 000000000000…, got [0-9a-f]{12}…: the file was changed or damaged; with/,
    );
  });
});
