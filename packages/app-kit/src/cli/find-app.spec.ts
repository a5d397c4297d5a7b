import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { lettersApp } from '../../test/letters-app.js';
import { findApp } from './find-app.js';

const apps = [{ name: 'letters', description: '', load: () => Promise.resolve(lettersApp) }];
const MODULE = `export default {
  name: 'dice', description: 'Dice.', factory: {}, options: {}, packing: 'stream', extensions: [],
  readExamples() {}, readPrompt() {}, showOutput() {},
};`;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-app-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('findApp', () => {
  it('finds apps that come with the command, by name', async () => {
    expect(await findApp(apps, 'letters')).toBe(lettersApp);
    expect(await findApp(apps, 'chess')).toBeUndefined();
  });

  it("finds a file's default export", async () => {
    const path = join(folder, 'dice.mjs');
    await writeFile(path, MODULE);
    expect(await findApp(apps, path)).toMatchObject({ name: 'dice' });
  });

  it('finds a package that is installed in the current folder', async () => {
    const home = join(folder, 'node_modules/ramble-dice');
    await mkdir(home, { recursive: true });
    await writeFile(join(home, 'index.mjs'), MODULE);
    await writeFile(join(home, 'package.json'), '{ "exports": "./index.mjs" }');
    const before = process.cwd();
    process.chdir(folder);
    try {
      expect(await findApp(apps, 'ramble-dice')).toMatchObject({ name: 'dice' });
    } finally {
      process.chdir(before);
    }
  });

  it('refuses what is no app', async () => {
    const path = join(folder, 'other.mjs');
    await writeFile(path, 'export default { name: 3 };');
    await expect(findApp(apps, path)).rejects.toThrow(
      `${path}: expected a module whose default export is an App of @ramble/core, got object`,
    );
    expect(await findApp(apps, 'fs')).toBeUndefined();
    const none = join(folder, 'none.js');
    await expect(findApp(apps, none)).rejects.toThrow(
      `${none}: expected a module, got nothing at that path`,
    );
  });
});
