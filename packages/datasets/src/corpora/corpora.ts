import { readFileSync } from 'node:fs';

import { environmentFetch } from '../hub/hub-environment.js';
import { cacheFolder as defaultCacheFolder } from '../cache/cache-folder.js';
import type { Corpus, WebFile } from './corpus.js';
import { type CorpusFiles, fetchCorpus, type FetchCorpusOptions } from './fetch-corpus.js';

/**
 * All corpora. The hash of a package is of the text that ramble makes from it. The hash of a download was published
 * elsewhere: char-rnn's file as in its git repository; WikiText, enwik8 and text8 as in several independent public
 * loaders (such as mlx-data); CNN/DailyMail as in huggingface/datasets, tensorflow/datasets and ParlAI; WMT's news
 * tests as in tensorflow/datasets; XSum as in huggingface/datasets; MAESTRO as on its page; the chorales as in their
 * git repository. Multi30K comes from a mirror of the archives of WMT 2016 and 2017, whose original server no longer
 * exists.
 */
const CORPORA = JSON.parse(readData('corpora.json'), revive) as readonly Corpus[]; // checked by the specs

/**
 * Reviver for `JSON.parse`: turns patterns into regular expressions, and delays reading the table of a web corpus's
 * files, which its `parts` name, until it is needed.
 */
function revive(key: string, value: unknown): unknown {
  if (key === 'entries' && typeof value === 'string') return new RegExp(value);
  const { kind, parts } = value as { readonly kind?: string; readonly parts?: string };
  if (key !== 'source' || kind !== 'web-files' || parts === undefined) return value;
  return {
    kind,
    get parts() {
      return readParts(parts);
    },
  };
}

/** Reads a data file of this package, such as corpora.json, as text. */
export function readData(name: string): string {
  return readFileSync(new URL(`../../data/${name}`, import.meta.url), 'utf8');
}

/** Returns every corpus that `getCorpus` knows, small ones first. */
export function listCorpora(): readonly Corpus[] {
  return CORPORA;
}

/**
 * Reads a table of pinned files, such as piano-played.tsv.
 *
 * Pieces of `piano-played` with several performances are in the training part only. Three of Krueger's pieces are
 * left out, the outer movements of the Appassionata and the first of D 960: their pedal stays down for four to eight
 * minutes, and a model trained on them holds notes too long. `bands` has every sixteenth file of each repository for
 * validation, in the order of their hashes; it leaves out one duplicate, a dummy and composers of the twentieth
 * century.
 */
function readParts(table: string): Readonly<Record<'train' | 'validation', readonly WebFile[]>> {
  const rows = readData(table).trimEnd().split('\n').slice(1).map(parseRow);
  const filesOf = (wanted: string): WebFile[] =>
    rows.filter(({ part }) => part === wanted).map(({ file }) => file);
  return { train: filesOf('train'), validation: filesOf('validation') };
}

function parseRow(row: string): { readonly part: string; readonly file: WebFile } {
  const [part, repository, commit, size, sha256, path] = row.split('\t');
  const url = `https://raw.githubusercontent.com/${repository}/${commit}/${encodeURI(path)}`;
  return { part, file: { url, sha256, sizeBytes: Number(size) } };
}

export interface GetCorpusOptions extends Partial<FetchCorpusOptions> {
  /**
   * Variables of the environment: the cache folder, proxies, `HF_TOKEN`, and variables of npm and
   * apt-get.
   */
  readonly environment?: NodeJS.ProcessEnv;
}

/**
 * Returns the verified files of a corpus: from the cache, else from its publisher.
 *
 * @throws RangeError if no corpus has that name; Error if it is unavailable or its content changed.
 */
export async function getCorpus(
  name: string,
  { environment = process.env, cacheFolder, ...options }: GetCorpusOptions = {},
): Promise<CorpusFiles> {
  return fetchCorpus(findCorpus(name), {
    fetch: environmentFetch(environment),
    ...options,
    environment,
    cacheFolder: cacheFolder ?? defaultCacheFolder(environment),
  });
}

function findCorpus(name: string): Corpus {
  const corpus = listCorpora().find((each) => each.name === name);
  if (corpus !== undefined) return corpus;
  const names = listCorpora().map((each) => each.name);
  throw new RangeError(`corpus: expected one of ${names.join(', ')}, got ${name}`);
}
