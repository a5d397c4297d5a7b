import { createHash } from 'node:crypto';
import { type FileHandle, open, readFile, rm } from 'node:fs/promises';
import { join, parse } from 'node:path';

import { downloadFile, type DownloadOptions } from '../../download/download-file.js';
import type { SummarizedText } from '../../pairs/read-pairs.js';
import { checkComplete, tarFiles } from '../archives.js';
import { type CorpusSource, type Part, PARTS, type WebFile } from '../corpus.js';

/** A corpus of news, in which each article is a file of an archive. */
interface News {
  readonly archives: readonly WebFile[];
  /** The part (training, validation or test) of each article, by its file's name without the extension. */
  readonly partOf: ReadonlyMap<string, Part>;
  /** Reads an article; a document or a summary that is missing becomes an empty text. */
  readonly read: (text: string) => SummarizedText;
}

/** Downloads a file and returns its path. */
type GetFile = (file: WebFile) => Promise<string>;

/**
 * Returns articles of the BBC. The summary of an article is its first sentence, which is removed from its document. A
 * file is named by the id of its article.
 *
 * @see https://github.com/EdinburghNLP/XSum (Narayan et al. 2018)
 */
async function bbcArticles(
  { archive, ids }: Extract<CorpusSource, { kind: 'bbc-articles' }>,
  get: GetFile,
): Promise<News> {
  const content = await readFile(await get(ids), 'utf8');
  const parts = JSON.parse(content) as Readonly<Record<Part, readonly string[]>>; // its SHA-256 was verified
  const names = PARTS.flatMap((part) => parts[part].map((id) => [id, part] as const));
  return { archives: [archive], partOf: new Map(names), read: readArticle };
}

/** Reads an article: a list of sections, each after its name `[SN]TITLE[SN]`. */
function readArticle(text: string): SummarizedText {
  const pieces = text.split('[SN]');
  const section = (name: string): string => {
    const at = pieces.indexOf(name);
    return at < 0 ? '' : (pieces.at(at + 1) ?? '').trim();
  };
  return { document: section('RESTBODY'), summary: section('FIRST-SENTENCE') };
}

export interface NewsOptions extends DownloadOptions {
  /** Folder in which an interrupted download is continued. */
  readonly downloads: string;
  /** Path of the file for the articles of a part. */
  readonly pathOf: (part: Part) => string;
}

/**
 * Writes news with their summaries as lines of JSON, in the order of the archives, at constant memory. An
 * article without a text or without a summary is left out.
 *
 * @param name - Name of the corpus, for error messages.
 * @throws Error as `downloadFile`, or if the archives lack an article.
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
  checkComplete(name, missing.keys());
  if (empty.size > 0) {
    throw new Error(`${name}: expected texts with summaries in each part, got a part without any`);
  }
}

const HIGHLIGHT = /^[ \t]*@highlight.*$/m;

/**
 * Returns stories of CNN and the Daily Mail. A file is named by the SHA-1 of its story's web address.
 *
 * @see https://github.com/abisee/cnn-dailymail (See et al. 2017), whose lower case and added full stops are
 *   not adopted
 */
async function newsStories(
  { archives, addresses }: Extract<CorpusSource, { kind: 'news-stories' }>,
  get: GetFile,
): Promise<News> {
  const partOf = new Map<string, Part>();
  for (const part of PARTS) {
    const list = await readFile(await get(addresses[part]), 'utf8');
    for (const address of linesOf(list)) {
      partOf.set(createHash('sha1').update(address).digest('hex'), part);
    }
  }
  return { archives, partOf, read: readStory };
}

/**
 * Reads a story: its paragraphs, then its highlights, each below a line `@highlight`. A summary has one
 * highlight per line.
 */
function readStory(text: string): SummarizedText {
  const [document, ...highlights] = text.split(HIGHLIGHT);
  return { document: document.trim(), summary: highlights.flatMap(linesOf).join('\n') };
}

function linesOf(text: string): string[] {
  const lines = text.split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '');
}
