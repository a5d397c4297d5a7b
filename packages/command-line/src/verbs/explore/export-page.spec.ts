import { mkdir, mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { lettersApp } from '../../../test/letters-app.js';
import { makeRun } from '../../../test/make-run.js';
import { type Outcome, runCommand } from '../../../test/run-command.js';

let folder: string;
const at = (path: string): string => join(folder, path);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-export-page-'));
  await mkdir(at('page/chunks'), { recursive: true });
  await writeFile(at('page/index.html'), '<html lang="en"><head><title>E</title></head></html>');
  await writeFile(at('page/chunks/a.js'), 'a');
  await makeRun(at('book'), lettersApp);
  await makeRun(at('foreign'), { ...lettersApp, name: 'mine' });
});
afterAll(() => rm(folder, { recursive: true }));

const exported = (out: string, ...words: string[]): Promise<Outcome> =>
  runCommand(['explore', '--export', at(out), ...words], { page: at('page') });

describe('explore --export', () => {
  it('writes the page with the weights and the domain of a run, and nothing of its data', async () => {
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
    expect(await readFile(at('site/index.html'), 'utf8')).toMatch(
      /^<html data-models="here" lang="en"><head>\s*<meta http-equiv="Content-Security-Policy"/,
    );
  });

  it('refuses what it cannot write in a line, and writes nothing', async () => {
    await mkdir(at('full'));
    await writeFile(at('full/mine.txt'), '');
    const lines: [string[], string][] = [
      [['full', '--model', at('book')], '--export: expected a new or an empty folder, got files'],
      [['none', '--runs', folder], '--model: expected a run for the page of --export, got none'],
      [['none', '--model', at('foreign')], '--model: expected a run of letters, '],
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
