import { type FileHandle, open, rm } from 'node:fs/promises';
import { join, parse } from 'node:path';

import type { CorpusSource, Part, WebFile } from '../corpus.js';
import { downloadFile, type DownloadOptions } from '../../download/download-file.js';
import { tarFiles } from '../tar-files.js';
import { bbcArticles } from './bbc-articles.js';
import type { News } from './news.js';
import { newsStories } from './news-stories.js';

export interface NewsOptions extends DownloadOptions {
  /** Folder in which an interrupted download is continued. */
  readonly downloads: string;
  /** Path of the file for the articles of a part. */
  readonly pathOf: (part: Part) => string;
}

/**
 * Writes news with their summaries, a line of JSON each in the order of the archives, at constant memory.
 * An article without a text or without a summary is left out.
 *
 * @param name - What it is for, for error messages.
 * @throws Error as `downloadFile`, or when the archives lack an article.
 */
export async function fetchNews(
  name: string,
  source: Extract<CorpusSource, { kind: 'news-stories' | 'bbc-articles' }>,
  { downloads, pathOf, ...options }: NewsOptions,
): Promise<void> {
  const paths: string[] = [];
  const get = async (file: WebFile): Promise<string> => {
    const path = join(downloads, `${name}-${file.sha256.slice(0, 8)}`);
    await downloadFile({ name, ...file }, path, options);
    paths.push(path);
    return path;
  };
  const news =
    source.kind === 'news-stories'
      ? await newsStories(source, get)
      : await bbcArticles(source, get);
  const archives: string[] = [];
  for (const archive of news.archives) archives.push(await get(archive));
  const outputs = new Map<Part, FileHandle>();
  try {
    for (const part of new Set(news.partOf.values())) {
      outputs.set(part, await open(pathOf(part), 'w'));
    }
    await writeArticles(name, news, archives, outputs, options.signal);
  } finally {
    for (const output of outputs.values()) await output.close();
  }
  for (const path of paths) await rm(path, { force: true }); // another process may have been faster
}

async function writeArticles(
  name: string,
  { partOf, read }: News,
  archives: readonly string[],
  outputs: ReadonlyMap<Part, FileHandle>,
  signal?: AbortSignal,
): Promise<void> {
  const missing = new Map(partOf);
  const empty = new Set(outputs.values());
  for (const archive of archives) {
    for await (const { path, content } of tarFiles(archive)) {
      signal?.throwIfAborted();
      const id = parse(path).name;
      const part = missing.get(id);
      const output = part && outputs.get(part);
      if (!output) continue;
      missing.delete(id);
      const article = read(content.toString('utf8'));
      if (article.document === '' || article.summary === '') continue;
      await output.appendFile(`${JSON.stringify(article)}\n`);
      empty.delete(output);
    }
  }
  const [lacking] = missing.keys();
  if (missing.size > 0) {
    throw new Error(`${name}: expected ${lacking} in the archive, got an archive without it`);
  }
  if (empty.size > 0) {
    throw new Error(`${name}: expected texts with summaries in each part, got a part without any`);
  }
}
