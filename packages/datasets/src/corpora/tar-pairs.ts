import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { readBytes } from '@ramble/node';

import { readParallel } from '../pairs/read-parallel.js';
import type { CorpusSource, TarPart } from './corpus.js';
import { downloadFile, type DownloadOptions } from '../download/download-file.js';
import { sgmSegments } from './sgm-segments.js';

export interface TarPairsOptions extends DownloadOptions {
  /** Folder for temporary files. */
  readonly folder: string;
  /** Folder in which an interrupted download is continued. */
  readonly downloads: string;
}

/** A text in one language and in another, as a line of a corpus has it. */
interface LanguagePair {
  readonly source: string;
  readonly target: string;
  readonly from: string;
  readonly to: string;
}

/**
 * The pairs of one part: the lines of two files of an archive.
 *
 * @param name - What it is for, for error messages.
 * @throws Error as `downloadFile` and `readParallel`, or when the archive lacks a file.
 */
export async function tarPairs(
  name: string,
  { from, to }: Pick<Extract<CorpusSource, { kind: 'tar-pairs' }>, 'from' | 'to'>,
  part: TarPart,
  { folder, downloads, ...options }: TarPairsOptions,
): Promise<LanguagePair[]> {
  const archive = join(downloads, `${name}-${part.sha256.slice(0, 8)}`);
  await downloadFile({ name, ...part }, archive, options);
  const files = join(folder, part.sha256);
  await mkdir(files);
  const { extract } = await import('tar'); // not before it is used: this is loaded with every command
  const missing = new Set([part.source, part.target]);
  await extract({
    file: archive,
    cwd: files,
    filter: (path) => missing.delete(path.replace(/^\.\//, '')),
  });
  const [lacking] = missing;
  if (missing.size > 0) {
    throw new Error(`${name}: expected ${lacking} in the archive, got an archive without it`);
  }
  const [sources, targets] = [part.source, part.target].map((file) => {
    const path = join(files, file);
    return {
      name: file,
      chunks: () => (file.endsWith('.sgm') ? readSegments(path) : readBytes(path)),
    };
  });
  const pairs: LanguagePair[] = [];
  for await (const { first, second } of readParallel(sources, targets)) {
    pairs.push({ source: first, target: second, from, to });
  }
  await rm(archive);
  return pairs;
}

/** The segments of an SGM file as lines. */
async function* readSegments(path: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(sgmSegments(await readFile(path, 'utf8')));
}
