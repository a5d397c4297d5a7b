import { mkdir, mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { fingerprint } from '@ramble/core';
import { mountSmallDisk } from '@ramble/node/testing';
import { folderStorage } from '@ramble/runs/node';
import { openRun } from '@ramble/runs';

import { lettersApp } from '../../../test/letters-app.js';
import { makeRun } from '../../../test/make-run.js';
import { type Outcome, runCommand } from '../../../test/run-command.js';
import { UsageError } from '../../verb/exit-errors.js';
import { bundleApp } from './export-page.js';

const disk = mountSmallDisk();
afterAll(() => disk?.unmount());

let folder: string;
const at = (path: string): string => join(folder, path);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-export-page-'));
  await mkdir(at('page/chunks'), { recursive: true });
  await writeFile(at('page/index.html'), '<html lang="en"><head><title>E</title></head></html>');
  await writeFile(at('page/chunks/a.js'), 'a');
  await makeRun(at('book'), lettersApp);
  await makeRun(at('foreign'), { ...lettersApp, name: 'mine' });
  const letters = fileURLToPath(new URL('../../../test/letters-app.ts', import.meta.url));
  const module = `import { lettersApp } from ${JSON.stringify(letters)};
export default { ...lettersApp, name: 'mine' };\n`;
  await writeFile(at('mine.mjs'), module);
  await writeFile(at('node.mjs'), `import 'node:os';\n${module}`);
});
afterAll(() => rm(folder, { recursive: true }));

const exported = (out: string, ...words: string[]): Promise<Outcome> =>
  runCommand(['explore', '--export', at(out), ...words], { page: at('page') });

describe('explore --export', () => {
  it('writes the page with the weights and the domain of a run, without its data', async () => {
    const { status, stdout } = await exported('site', '--model', at('book'), '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ folder: at('site'), models: ['book'] });
    const names = await readdir(at('site'), { recursive: true });
    expect(names).toEqual(expect.arrayContaining(['chunks/a.js', 'models/0/run.json']));
    expect(names.filter((name) => /log|training|data/.test(name))).toEqual([]);
    const [model] = JSON.parse(await readFile(at('site/models.json'), 'utf8')) as {
      files: string[];
    }[];
    for (const file of model.files) await readFile(at(`site/models/0/${file}`));
    expect(await readFile(at('site/models/0/run.json'), 'utf8')).not.toContain(folder);
    expect((await openRun(folderStorage(at('site/models/0')))).description.data).toEqual({});
    expect(await readFile(at('site/index.html'), 'utf8')).toMatch(
      /^<html data-models="here" lang="en"><head>\s*<meta http-equiv="Content-Security-Policy"/,
    );
  });

  it('brings the app of a domain that does not come with the command', async () => {
    const words = ['--model', at('foreign'), '--model', at('book'), '--domain', at('mine.mjs')];
    expect((await exported('own', ...words)).status).toBe(0);
    const models = JSON.parse(await readFile(at('own/models.json'), 'utf8')) as { app?: string }[];
    expect(models.map(({ app }) => app)).toEqual(['apps/0.js', undefined]);
    const program = (await import(pathToFileURL(at('own/apps/0.js')).href)) as object;
    expect(program).toMatchObject({ default: { name: 'mine', packing: 'stream' } });
  });

  it('refuses an impossible export in one line, and leaves no files', async () => {
    await mkdir(at('full'));
    await writeFile(at('full/mine.txt'), '');
    const lines: [string[], string][] = [
      [
        ['mine.mjs', '--model', at('book')],
        `--export: expected a new or an empty folder, got a file ${at('mine.mjs')}\n`,
      ],
      [['full', '--model', at('book')], '--export: expected a new or an empty folder, got files'],
      [['none', '--runs', folder], '--model: expected a run for the page of --export, got none'],
      [['none', '--model', at('foreign')], '--domain: expected the app of mine, which does not'],
      [
        ['none', '--model', at('foreign'), '--domain', at('node.mjs')],
        `got ${at('node.mjs')}, of which ${relative(process.cwd(), at('node.mjs'))} imports node:os`,
      ],
      [['none', '--model', at('nowhere')], at('nowhere')],
    ];
    for (const [[out, ...words], message] of lines) {
      const { status, stderr } = await exported(out, ...words);
      expect(status).not.toBe(0);
      expect(stderr).toContain(message);
    }
    expect(await readdir(at('full'))).toEqual(['mine.txt']);
    expect(await readdir(folder)).not.toContain('none');
  });

  // Only root may mount a disk that is small enough to fill.
  (disk ? it : it.skip)('says that the disk is full, and works again when it is not', async () => {
    const [out, ballast] = ['site', 'ballast'].map((name) => join(disk!.folder, name));
    await mkdir(out);
    await writeFile(ballast, 'x'.repeat(1_040_000));
    const words = ['explore', '--model', at('book'), '--export', out];
    const context = { page: at('page') };
    const { status, stderr } = await runCommand(words, context);
    expect([status, stderr]).toEqual([
      1,
      `error: ${out}: expected free space on the disk, got a full one\n`,
    ]);
    expect(await readdir(disk!.folder)).toEqual(['ballast', 'site']);
    await rm(ballast);
    expect(await runCommand(words, context)).toMatchObject({ status: 0 });
    expect(await readdir(disk!.folder)).toEqual(['site']);
  });

  it('refuses models that are too large for a page', async () => {
    await makeRun(at('large'), lettersApp);
    const [checkpoint] = await readdir(at('large/checkpoints'));
    const file = await open(at(`large/checkpoints/${checkpoint}/model.safetensors`), 'r+');
    await file.truncate(31_000_000);
    await file.close();
    const { stderr } = await exported('heavy', '--model', at('large'));
    expect(stderr).toContain(
      '--export: expected at most 30 MB of weights, which each visitor downloads, got 31 MB in 1 run; ramble DOMAIN average --weights int8',
    );
  });
});

/** Bundles a module next to `name.mjs`. */
async function bundle(source: string): Promise<Uint8Array> {
  await writeFile(at('name.mjs'), `export const name = 'mine';`);
  await writeFile(at('app.mjs'), source);
  return bundleApp('./app.mjs', at('app.mjs'));
}

describe('bundleApp', () => {
  it("makes one module of all that the app uses, ramble's modules included", async () => {
    const program = await bundle(`import { counted } from '@ramble/core/files';
      import { fingerprint } from '@ramble/core';
      import { name } from './name.mjs';
      export default { name: counted(2, name), print: fingerprint({ a: 'b' }) };`);
    await writeFile(at('bundle.mjs'), program);
    const { default: app } = (await import(pathToFileURL(at('bundle.mjs')).href)) as {
      default: object;
    };
    expect(app).toEqual({ name: '2 mines', print: fingerprint({ a: 'b' }) });
    expect(program.length).toBeLessThan(10_000); // the two modules of core that the app imports, and no more
  });

  it('leaves out modules that are imported only when they are used', async () => {
    const program = await bundle(
      `export default { name: 'mine', read: () => import('node:fs/promises') };`,
    );
    expect(new TextDecoder().decode(program)).toContain('import("node:fs/promises")');
  });

  it('refuses an import that no browser has, in whichever file it is', async () => {
    await writeFile(at('reads.mjs'), `import { readFileSync } from 'fs';\nreadFileSync('a');`);
    const bundled = bundle(`import './reads.mjs';\nexport default {};`);
    await expect(bundled).rejects.toThrow(UsageError);
    await expect(bundled).rejects.toThrow(
      /^--domain: expected an app that runs in a browser, got \.\/app\.mjs, of which .*reads\.mjs imports fs$/,
    );
  });

  it('reports the position of an error in a module', async () => {
    await expect(bundle('export default {')).rejects.toThrow(/app\.mjs:1:16: ERROR/);
    await expect(bundle(`import 'no-such-package';`)).rejects.toThrow(
      'Could not resolve "no-such-package"',
    );
  });
});
