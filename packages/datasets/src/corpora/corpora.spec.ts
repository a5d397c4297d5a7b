import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

import { getCorpus, listCorpora } from './corpora.js';
import type { Corpus } from './corpus.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-get-'));
});
afterEach(() => rm(folder, { recursive: true }));

const NEWS_TESTS = [2013, 2014, 2015, 2016, 2017, 2018]
  .flatMap((year) => [`newstest${year}-de-en`, `newstest${year}-en-de`])
  .join(', ');

describe('getCorpus', () => {
  it('takes a corpus from the cache that the environment names', async () => {
    const files = join(folder, 'corpora', 'moby-dick-fe282a57');
    await mkdir(files, { recursive: true });
    await writeFile(join(files, 'moby-dick.txt'), 'Call me Ishmael.\n');
    const got = await getCorpus('moby-dick', { environment: { RAMBLE_CACHE: folder } });
    expect(got.files).toEqual([join(files, 'moby-dick.txt')]);
    expect(got.corpus.licence).toContain('public domain');
  });

  it('lists the corpora if the name is unknown', async () => {
    await expect(getCorpus('mobydick')).rejects.toThrow(
      new RangeError(
        'corpus: expected one of moby-dick, sotu, austen, tinyshakespeare, wikitext-2, ' +
          'wikitext-103, enwik8, text8, multi30k-de-en, ' +
          NEWS_TESTS +
          ', debian-en-fr, debian-en-de, debian-en-it, debian-synopses, debian-descriptions, debian-manuals, cnn-dailymail, xsum, piano-demo, piano-public, piano-played, bands, jsb-chorales, maestro, got mobydick',
      ),
    );
  });

  it('names a missing program of the system', async () => {
    const environment = { PATH: folder };
    const options = { environment, cacheFolder: folder };
    await expect(getCorpus('moby-dick', options)).rejects.toHaveProperty(
      'message',
      'moby-dick: npm was not found on the PATH',
    );
    await expect(getCorpus('austen', options)).rejects.toHaveProperty(
      'message',
      'austen: apt-get was not found on the PATH',
    );
  });
});

describe('listCorpora', () => {
  it('has a unique name and a licence for each; a size and a hash, unless it drifts', () => {
    const all = listCorpora();
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
    for (const { licence, source, sha256, sizeBytes } of all) {
      expect(licence).not.toBe('');
      if (['debian-pairs', 'debian-summaries', 'debian-manuals'].includes(source.kind)) continue;
      expect(sha256).toMatch(/^[0-9a-f]{64}$/);
      expect(sizeBytes).toBeGreaterThan(100_000);
    }
  });

  it('gives the sum of the downloads as the size', () => {
    const sum = (files: readonly { sizeBytes: number }[]): number =>
      files.reduce((total, { sizeBytes }) => total + sizeBytes, 0);
    const found = (name: string): Corpus => listCorpora().find((each) => each.name === name)!;
    const { source: pairs, ...captions } = found('multi30k-de-en');
    expect(pairs.kind === 'tar-pairs' && sum(Object.values(pairs.parts))).toBe(captions.sizeBytes);
    const { source: stories, ...news } = found('cnn-dailymail');
    expect(
      stories.kind === 'news-stories' &&
        sum([...stories.archives, ...Object.values(stories.addresses)]),
    ).toBe(news.sizeBytes);
    for (const [name, count] of [
      ['piano-played', 390],
      ['bands', 230],
    ] as const) {
      const { source, ...pieces } = found(name);
      const files = source.kind === 'web-files' ? Object.values(source.parts).flat() : [];
      expect([files.length, sum(files)]).toEqual([count, pieces.sizeBytes]);
      const hashes = files.map(({ sha256 }) => sha256);
      expect(new Set(hashes).size).toBe(count);
      expect(createHash('sha256').update(hashes.join('\n')).digest('hex')).toBe(pieces.sha256);
      expect(new Set(files.map((file) => basename(file.url))).size).toBe(count);
    }
    const { source: articles, ...bbc } = found('xsum');
    expect(articles.kind === 'bbc-articles' && sum([articles.archive, articles.ids])).toBe(
      bbc.sizeBytes,
    );
  });
});
