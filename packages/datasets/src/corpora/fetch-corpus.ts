import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { exists } from '@ramble/node';

import { fetchAlone, type WaitOptions } from '../cache/cache-folder.js';
import { clearWork, extractParts, extractZip } from './archives.js';
import {
  type Corpus,
  type CorpusSource,
  type Part,
  PARTS,
  type PinnedCorpus,
  splitJson,
} from './corpus.js';
import { makePairs, tarPairs } from './debian-pairs.js';
import { debianTexts } from './debian-texts.js';
import { downloadFile, type DownloadOptions } from '../download/download-file.js';
import { UnreachableError } from '../download/fetch-from.js';
import { fetchNews } from './news/news.js';
import { npmFiles, npmTexts, type PackedFile, webFiles } from './web-files.js';

export interface FetchCorpusOptions extends DownloadOptions, WaitOptions {
  readonly cacheFolder: string;
  /** Variables of the environment for npm and apt-get. */
  readonly environment: NodeJS.ProcessEnv;
}

/** A corpus on disk. */
export interface CorpusFiles {
  /** The corpus, whose licence must be shown. */
  readonly corpus: Corpus;
  /** Files to train on, for `readDocuments`. Without validation files, a part of them is held out. */
  readonly files: readonly string[];
  /** Files for validation; empty if the corpus was published without a split. */
  readonly validationFiles: readonly string[];
  readonly testFiles: readonly string[];
  /**
   * Path of the file with the numbers of pairs and of omitted pairs, for corpora that are made on this
   * machine.
   */
  readonly countsFile?: string;
}

type UrlSource = Extract<CorpusSource, { url: string }>;
const COUNTS_FILE = 'counts.json';

/**
 * Makes the files of a corpus in the cache, `corpora/NAME-HASH/`. The folder appears once it is complete, so
 * its files need no later check. If several calls or processes request a corpus at once, one of them makes
 * it.
 *
 * @throws Error with advice if it is unavailable, or if its content changed.
 */
export async function fetchCorpus(
  corpus: Corpus,
  options: FetchCorpusOptions,
): Promise<CorpusFiles> {
  const folder = join(options.cacheFolder, 'corpora', nameInCache(corpus));
  await fetchAlone(corpus.name, folder, options, () =>
    makeCorpus(corpus, folder, options).catch((error: unknown) => {
      throw withAdvice(error);
    }),
  );
  const { source } = corpus;
  const hasPart = (part: Part): boolean => {
    if ('entries' in source && !(source.entries instanceof RegExp)) {
      return source.entries[part] !== undefined;
    }
    if ('parts' in source) return source.parts[part] !== undefined;
    return part === 'train' || hasSplit(corpus);
  };
  const files = (part: Part): readonly string[] =>
    hasPart(part) ? [join(folder, fileName(corpus, part))] : [];
  return {
    corpus,
    files: files('train'),
    validationFiles: files('validation'),
    testFiles: files('test'),
    ...(corpus.sha256 === undefined && { countsFile: join(folder, COUNTS_FILE) }),
  };
}

function withAdvice(error: unknown): unknown {
  if (!(error instanceof UnreachableError)) return error;
  const advice = `check ${error.toCheck}, or train on files of your own with --data`;
  return new Error(`${error.message}; ${advice}`, { cause: error });
}

/** Whether a corpus has validation and test parts although its source does not list them. */
function hasSplit({ source, sha256 }: Corpus): boolean {
  return (
    sha256 === undefined || ['zip-files', 'news-stories', 'bbc-articles'].includes(source.kind)
  );
}

/** Returns the folder name of a corpus, with its hash, so that a changed corpus gets a new folder. */
function nameInCache({ name, sha256 }: Corpus): string {
  return sha256 === undefined ? name : `${name}-${sha256.slice(0, 8)}`;
}

/** Returns the name of a part's file or folder. */
function fileName({ name, documents, source }: Corpus, part: Part): string {
  if (documents === 'folder') return part;
  const text = documents === 'line' ? 'jsonl' : 'txt';
  const extension = source.kind === 'json' ? 'json' : text;
  return part === 'train' ? `${name}.${extension}` : `${name}.${part}.${extension}`;
}

async function makeCorpus(
  corpus: Corpus,
  folder: string,
  options: FetchCorpusOptions,
): Promise<void> {
  await clearWork(dirname(folder), corpus.name);
  const work = await mkdtemp(`${folder}.`);
  try {
    const whole = join(work, basename(folder));
    await mkdir(whole);
    if (corpus.sha256 === undefined) await writePairs(corpus, work, whole, options);
    else await writePinned(corpus, work, whole, options);
    await rename(whole, folder).catch(async (error: unknown) => {
      if (!(await exists(folder))) throw error; // otherwise a process on another machine was faster
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Writes the files of a corpus with a fixed checksum. */
async function writePinned(
  corpus: PinnedCorpus,
  work: string,
  whole: string,
  options: FetchCorpusOptions,
): Promise<void> {
  const { source } = corpus;
  const downloads = join(options.cacheFolder, 'downloads');
  const pathOf = (part: Part): string => join(whole, fileName(corpus, part));
  if (source.kind === 'npm' || source.kind === 'debian') {
    const commandOptions = { ...options, folder: work };
    const texts =
      source.kind === 'npm'
        ? await npmTexts(corpus.name, source, commandOptions)
        : await debianTexts(corpus.name, source, commandOptions);
    await writeFile(pathOf('train'), verifiedText(corpus, texts));
  } else if (source.kind === 'npm-files') {
    const files = await npmFiles(corpus.name, source, { ...options, folder: work });
    await writeFiles(corpus, files, pathOf('train'));
  } else if (source.kind === 'web-files') {
    const parts = PARTS.flatMap((part) => {
      const files = source.parts[part];
      return files ? [[pathOf(part), files] as const] : [];
    });
    await webFiles(corpus.name, new Map(parts), { ...options, downloads });
  } else if (source.kind === 'tar-pairs') {
    for (const part of PARTS) {
      const archive = source.parts[part];
      if (!archive) continue;
      const folders = { ...options, folder: work, downloads };
      const pairs = await tarPairs(corpus.name, source, archive, folders);
      await writeFile(pathOf(part), jsonLines(pairs));
    }
  } else if (source.kind === 'news-stories' || source.kind === 'bbc-articles') {
    await fetchNews(corpus.name, source, { ...options, downloads, pathOf });
  } else {
    await downloadParts(corpus, source, whole, options);
  }
}

/** Writes pairs as lines of JSON, and the numbers of omitted pairs by reason. */
async function writePairs(
  corpus: Exclude<Corpus, PinnedCorpus>,
  work: string,
  whole: string,
  options: FetchCorpusOptions,
): Promise<void> {
  const pairs = await makePairs(corpus, { ...options, folder: work });
  for (const part of PARTS) {
    await writeFile(join(whole, fileName(corpus, part)), jsonLines(pairs[part]));
  }
  const counts = Object.fromEntries(PARTS.map((part) => [part, pairs[part].length]));
  const about = { pairs: counts, leftOut: pairs.leftOut };
  await writeFile(join(whole, COUNTS_FILE), `${JSON.stringify(about, undefined, 2)}\n`);
}

function jsonLines(values: readonly object[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join('');
}

/**
 * Returns the content of a corpus's file with the given texts.
 *
 * @throws Error if the content does not match the corpus's checksum.
 */
function verifiedText({ name, documents, sha256 }: PinnedCorpus, texts: readonly string[]): string {
  const text =
    documents === 'line'
      ? jsonLines(texts.map((document) => ({ text: document })))
      : texts.join('');
  const got = createHash('sha256').update(text).digest('hex');
  if (got === sha256) return text;
  throw new Error(`${name}: expected text of sha256 ${sha256}, got ${got}`);
}

/**
 * Writes the files of a package to a new folder.
 *
 * @throws Error if the files do not match the corpus's checksum.
 */
async function writeFiles(
  { name, sha256 }: PinnedCorpus,
  files: readonly PackedFile[],
  folder: string,
): Promise<void> {
  const hashOf = (content: Buffer | string): string =>
    createHash('sha256').update(content).digest('hex');
  const got = hashOf(files.map(({ content }) => `${hashOf(content)}\n`).join(''));
  if (got !== sha256) throw new Error(`${name}: expected files of sha256 ${sha256}, got ${got}`);
  await mkdir(folder);
  for (const { path, content } of files) await writeFile(join(folder, basename(path)), content);
}

/**
 * Downloads a corpus and writes its parts to `folder`. The download is in a separate folder, in which a later call
 * resumes it if it was interrupted.
 */
async function downloadParts(
  corpus: PinnedCorpus,
  source: UrlSource,
  folder: string,
  options: FetchCorpusOptions,
): Promise<void> {
  const path = join(options.cacheFolder, 'downloads', nameInCache(corpus));
  await downloadFile({ ...corpus, url: source.url }, path, options);
  if (source.kind === 'url') {
    await rename(path, join(folder, fileName(corpus, 'train')));
    return;
  }
  const pathOf = (part: Part): string => join(folder, fileName(corpus, part));
  if (source.kind === 'zip-files') {
    await extractParts(corpus.name, path, source.table, pathOf, options.signal);
  } else {
    const entries = PARTS.flatMap((part): [string, string][] => {
      const entry = source.entries[part];
      return entry === undefined ? [] : [[entry, pathOf(part)]];
    });
    const targets = new Map(entries);
    if (source.kind === 'json') await splitJson(corpus.name, path, targets);
    else await extractZip(corpus.name, path, targets, options.signal);
  }
  await rm(path);
}
