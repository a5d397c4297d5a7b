import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { lettersApp } from '../../test/letters-app.js';
import { findApp } from './find-app.js';

const apps = [
  { name: 'letters', description: '', parts: [], load: () => Promise.resolve(lettersApp) },
];
const MODULE = `export default {
  name: 'dice', description: 'Dice.', factory: { fit() {}, save() {}, load() {} }, options: {}, packing: 'stream', extensions: [],
  readExamples() {}, readPrompt() {}, showOutput() {},
};`;

const io = { importModule: (path: string): Promise<unknown> => import(path) };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-app-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('findApp', () => {
  it('finds apps that come with the command, by name', async () => {
    expect(await findApp(apps, 'letters', io)).toBe(lettersApp);
    expect(await findApp(apps, 'chess', io)).toBeUndefined();
  });

  it("finds a file's default export", async () => {
    const path = join(folder, 'dice.mjs');
    await writeFile(path, MODULE);
    expect(await findApp(apps, path, io)).toMatchObject({ name: 'dice' });
  });

  it('finds a package that is installed in the current folder', async () => {
    const home = join(folder, 'node_modules/ramble-dice');
    await mkdir(home, { recursive: true });
    await writeFile(join(home, 'index.mjs'), MODULE);
    await writeFile(join(home, 'package.json'), '{ "exports": "./index.mjs" }');
    const before = process.cwd();
    process.chdir(folder);
    try {
      expect(await findApp(apps, 'ramble-dice', io)).toMatchObject({ name: 'dice' });
    } finally {
      process.chdir(before);
    }
  });

  it.each([
    [
      'export default 7;',
      'expected a module whose default export is an App of @ramble/core, got 7',
    ],
    [
      'export const app = {};',
      'expected a module whose default export is an App of @ramble/core, got none',
    ],
    ['export default { name: 3 };', 'name: expected a non-empty string, got 3'],
    [
      "const a = 1;\nthrow new TypeError('boom');",
      'expected a module that loads, got TypeError: boom (line 2)',
    ],
  ])('refuses the module %j', async (content, complaint) => {
    const path = join(folder, 'other.mjs');
    await writeFile(path, content);
    await expect(findApp(apps, path, io)).rejects.toThrow(`${path}: ${complaint}`);
  });

  it('refuses paths without a module', async () => {
    expect(await findApp(apps, 'fs', io)).toBeUndefined();
    const none = join(folder, 'none.js');
    await expect(findApp(apps, none, io)).rejects.toThrow(
      `${none}: expected a module, got nothing at that path`,
    );
    await expect(findApp(apps, folder, io)).rejects.toThrow(
      `${folder}: expected the file of a module, got a folder`,
    );
    await mkdir(join(folder, 'birds'));
    await writeFile(join(folder, 'birds/domain.js'), '');
    await expect(findApp(apps, join(folder, 'birds'), io)).rejects.toThrow(
      `got a folder; name ${folder}/birds/domain.js`,
    );
  });
});
