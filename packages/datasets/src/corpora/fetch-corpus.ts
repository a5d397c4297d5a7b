import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { exists } from '../exists.js';
import { fileError } from '../file-error.js';
import { makeFolder } from '../make-folder.js';
import type { Corpus, CorpusEntries, CorpusSource } from './corpus.js';
import { debianTexts } from './debian-texts.js';
import { downloadFile, type DownloadOptions } from './download-file.js';
import { extractZip } from './extract-zip.js';
import { npmTexts } from './npm-texts.js';

export interface FetchCorpusOptions extends DownloadOptions {
  readonly cacheFolder: string;
  /** Variables of the environment for npm and apt-get. */
  readonly environment: NodeJS.ProcessEnv;
}

/** A corpus on disk. */
export interface CorpusFiles {
  /** What it is; its licence is to be shown. */
  readonly corpus: Corpus;
  /** To train on, for `readDocuments`; it also validates where there are no validation files. */
  readonly files: readonly string[];
  /** Empty where the corpus was published without a split. */
  readonly validationFiles: readonly string[];
  readonly testFiles: readonly string[];
}

type Part = keyof CorpusEntries;
type UrlSource = Extract<CorpusSource, { url: string }>;

/**
 * Makes the files of a corpus in the cache, `corpora/NAME-HASH/`. The folder appears when it is
 * whole, so what is there need not be looked at again.
 */
export async function fetchCorpus(
  corpus: Corpus,
  options: FetchCorpusOptions,
): Promise<CorpusFiles> {
  const folder = join(options.cacheFolder, 'corpora', nameInCache(corpus));
  try {
    if (!(await exists(folder))) await makeCorpus(corpus, folder, options);
  } catch (error) {
    throw fileError(folder, error);
  }
  const { source } = corpus;
  const hasPart = (part: Part): boolean =>
    source.kind === 'zip' ? source.entries[part] !== undefined : part === 'train';
  const files = (part: Part): readonly string[] =>
    hasPart(part) ? [join(folder, fileName(corpus, part))] : [];
  return {
    corpus,
    files: files('train'),
    validationFiles: files('validation'),
    testFiles: files('test'),
  };
}

/** The hash is part of it, so that a corpus that changes is not taken for what it was. */
function nameInCache({ name, sha256 }: Corpus): string {
  return `${name}-${sha256.slice(0, 8)}`;
}

function fileName({ name, documents }: Corpus, part: Part): string {
  const extension = documents === 'line' ? 'jsonl' : 'txt';
  return part === 'train' ? `${name}.${extension}` : `${name}.${part}.${extension}`;
}

async function makeCorpus(
  corpus: Corpus,
  folder: string,
  options: FetchCorpusOptions,
): Promise<void> {
  await makeFolder(dirname(folder));
  const work = await mkdtemp(`${folder}.`);
  try {
    const whole = join(work, basename(folder));
    await mkdir(whole);
    const { source } = corpus;
    if (source.kind === 'npm' || source.kind === 'debian') {
      const commandOptions = { ...options, folder: work };
      const texts =
        source.kind === 'npm'
          ? await npmTexts(corpus.name, source, commandOptions)
          : await debianTexts(corpus.name, source, commandOptions);
      await writeFile(join(whole, fileName(corpus, 'train')), verifiedText(corpus, texts));
    } else {
      await downloadParts(corpus, source, whole, options);
    }
    await rename(whole, folder).catch(async (error: unknown) => {
      if (!(await exists(folder))) throw error; // else another process was faster
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** @throws Error when the text is not what it was when the corpus was listed. */
function verifiedText({ name, documents, sha256 }: Corpus, texts: readonly string[]): string {
  const text =
    documents === 'line'
      ? texts.map((document) => `${JSON.stringify({ text: document })}\n`).join('')
      : texts.join('');
  const got = createHash('sha256').update(text).digest('hex');
  if (got === sha256) return text;
  throw new Error(`${name}: expected text of sha256 ${sha256}, got ${got}`);
}

/** Downloads to a place of its own, where an interrupted download is found again. */
async function downloadParts(
  corpus: Corpus,
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
  const targets = new Map<string, string>();
  for (const part of ['train', 'validation', 'test'] as const) {
    const entry = source.entries[part];
    if (entry !== undefined) targets.set(entry, join(folder, fileName(corpus, part)));
  }
  await extractZip(corpus.name, path, targets, options.signal);
  await rm(path);
}
