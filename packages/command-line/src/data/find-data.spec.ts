import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHash } from 'node:crypto';

import { listCorpora } from '@ramble/datasets';
import { hubCommit, startHub } from '@ramble/node/testing';
import type { DataFile } from '@ramble/core';

import type { Output } from '../verb/output.js';
import { describeData, findTrainingData, wordsOf } from '../verbs/train/find-training-data.js';
import {
  findData,
  type FindDataOptions,
  findParallel,
  type FoundData,
  hashData,
  parseFields,
} from './find-data.js';

let folder: string;
let cacheBefore: string | undefined;
const notes: string[] = [];
const output: Pick<Output, 'note' | 'progress'> = {
  note: (text) => Promise.resolve(void notes.push(text)),
  progress: () => undefined,
};
const options: FindDataOptions = {
  extensions: ['.txt'],
  stdin: (async function* () {})(),
  output: output as Output,
};
const textOf = async ({ files }: FoundData): Promise<string> => {
  const chunks: Uint8Array[] = [];
  for (const file of files) for await (const chunk of file.chunks()) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
};

/** Stores a corpus in the cache, so that it is not fetched. */
async function keep(corpus: string, files: Readonly<Record<string, string>>): Promise<void> {
  const { sha256 = '' } = listCorpora().find(({ name }) => name === corpus)!;
  const own = join(folder, 'corpora', `${corpus}-${sha256.slice(0, 8)}`);
  await mkdir(own, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(own, name), text);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-find-data-'));
  cacheBefore = process.env.RAMBLE_CACHE;
  process.env.RAMBLE_CACHE = folder;
  await keep('moby-dick', { 'moby-dick.txt': 'whale' });
  await keep('wikitext-2', {
    'wikitext-2.txt': 'learned',
    'wikitext-2.validation.txt': 'validating',
    'wikitext-2.test.txt': 'tested',
  });
});
afterAll(async () => {
  if (cacheBefore === undefined) delete process.env.RAMBLE_CACHE;
  else process.env.RAMBLE_CACHE = cacheBefore;
  await rm(folder, { recursive: true });
});

describe('findData', () => {
  it.each([
    ['wikitext-2', 'learned'],
    ['wikitext-2:validation', 'validating'],
    ['wikitext-2:test', 'tested'],
  ])('finds a corpus and its parts: %s', async (word, text) => {
    expect(await textOf(await findData([word], options))).toBe(text);
  });

  it('prints the licence of a corpus once, however many of its parts are read', async () => {
    notes.length = 0;
    await findTrainingData({ data: ['wikitext-2'] }, options);
    expect(notes).toEqual([expect.stringMatching(/^wikitext-2: .*CC BY-SA/)]);
  });

  it('describes the held-out part of a corpus without the path of the cache, and finds it again', async () => {
    const found = await findTrainingData({ data: ['wikitext-2'] }, options);
    const data = describeData(found);
    expect(Object.entries(data).map(([key, { path }]) => [key, path])).toEqual([
      ['data', 'wikitext-2'],
      ['valid', 'wikitext-2:validation'],
    ]);
    const again = await findTrainingData(
      wordsOf({ data } as Parameters<typeof wordsOf>[0]),
      options,
    );
    expect(describeData(again)).toEqual(data);
    expect(await textOf(again.valid!)).toBe('validating');
  });

  it.each([
    ['moby-dick:test', 'moby-dick:test: expected a corpus with a test part, got one without'],
    [
      'moby-dik:validation',
      'moby-dik:validation: expected a file, a folder or the name of a corpus, got none. Did you mean the corpus moby-dick?',
    ],
    [
      'moby-dick:dev',
      'moby-dick:dev: expected a file, a folder or the name of a corpus, got none. Did you mean the corpus moby-dick?',
    ],
    [
      'moby',
      'moby: expected a file, a folder or the name of a corpus, got none. Did you mean the corpus moby-dick?',
    ],
    [
      '*.docx',
      '*.docx: no file has this name. The shell replaces a pattern by the names of files only if it has no quotes and fits some; --data takes a folder too',
    ],
  ])('refuses unknown parts: %s', async (word, message) => {
    await expect(findData([word], options)).rejects.toThrow(new Error(message));
  });
});

describe('findParallel', () => {
  const fields = { names: ['source', 'target'], areLanguages: true };

  it.each([
    ['u.po', 'u.tmx', 'source', 'u.po: it holds both languages; use --data u.po u.tmx'],
    [
      'a.txt',
      'my u.tmx.gz',
      'source',
      "my u.tmx.gz: it holds both languages; use --data 'my u.tmx.gz'",
    ],
    ['u.xliff', 'b.txt', 'validSource', 'u.xliff: it holds both languages; use --valid u.xliff'],
  ])(
    'names the flag for a file that has both languages: %s, %s',
    async (source, target, flag, message) => {
      await expect(findParallel(source, target, { ...options, fields, flag })).rejects.toThrow(
        new Error(message),
      );
    },
  );
});

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const file = (name: string, ...parts: readonly string[]): DataFile => ({
  name,
  chunks: async function* () {
    for (const part of parts) yield await Promise.resolve(Buffer.from(part));
  },
});

describe('hashData', () => {
  it('hashes the bytes of a single file, whatever its name', async () => {
    expect(await hashData([file('a', 'call', ' me')])).toBe(sha256('call me'));
    expect(await hashData([file('b', 'call me')])).toBe(sha256('call me'));
  });

  it('hashes the list of hashes of two files', async () => {
    const both = `${sha256('one')}\n${sha256('two')}\n`;
    expect(await hashData([file('a', 'one'), file('b', 'two')])).toBe(sha256(both));
  });
});

describe('--fields', () => {
  const fields = { names: ['source', 'target'] };

  it('names a column for each text, by name or by number', () => {
    expect(parseFields(fields, 'article, highlights')).toEqual(['article', 'highlights']);
    expect(parseFields(fields, '2,1')).toEqual(['2', '1']);
    expect(parseFields(fields, undefined)).toBeUndefined();
  });

  it('refuses more or fewer', () => {
    expect(() => parseFields(fields, 'article')).toThrow(
      '--fields: expected 2 names separated by commas, for source and target, got article',
    );
    expect(() => parseFields({ names: ['text'] }, 'title,body')).toThrow(
      '--fields: expected one name, for text, got title,body',
    );
  });
});

describe('findData, with a data set of the Hub,', () => {
  it('reads its Parquet files, notes the licence and records the commit', async () => {
    const texts = await readFile(
      new URL('../../../datasets/test/fixtures/texts.parquet', import.meta.url),
    );
    const files = { 'data/train-00000-of-00001.parquet': texts };
    const hub = await startHub({ 'datasets/melville/whales': { files, licence: 'cc0-1.0' } });
    process.env.HF_ENDPOINT = hub.url;
    process.env.HF_HOME = folder;
    try {
      const found = await findData(['hf://datasets/melville/whales@main:train'], {
        ...options,
        fields: { names: ['text'] },
      });
      const name = `hf://datasets/melville/whales@${hubCommit({ files })}/default:train`;
      expect(notes).toContain(`${name} (licence: cc0-1.0)`);
      expect(found.descriptions).toEqual([{ path: name, sha256: found.sha256 }]);
      const again = await findData([name], { ...options, fields: { names: ['text'] } });
      expect(await textOf(again)).toBe(await textOf(found));
      expect(await textOf(found)).toContain('"text"');
    } finally {
      delete process.env.HF_ENDPOINT;
      delete process.env.HF_HOME;
      await hub.close();
    }
  });
});
