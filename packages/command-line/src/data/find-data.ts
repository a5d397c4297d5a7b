import { createHash } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

import type { DataFile } from '@ramble/core';
import { type DataFields, nearestName } from '@ramble/core/app';
import {
  cacheFolder,
  fetchHubData,
  getCorpus,
  holdsPairs,
  isHubDataName,
  listCorpora,
  openDataFiles,
  type OpenDataOptions,
  type Progress,
  saveStream,
} from '@ramble/datasets';
import type { LossOn } from '@ramble/language/chat';
import type { DataDescription } from '@ramble/runs';

import { UsageError } from '../verb/exit-errors.js';
import type { Output } from '../verb/output.js';
import { type DomainCall, shellQuoted } from '../verb/verb.js';
import { areConversations, type FoundConversations } from './conversations.js';
import { watchFiles, type WatchOptions } from './watch-files.js';

/** The data that a command line names. */
export interface FoundData extends FoundConversations {
  /**
   * Name of the setting that names the data, for errors: `data` or `trainData`; for parallel files, the setting of
   * the sources: `source`.
   */
  readonly flag: string;
  readonly files: readonly DataFile[];
  /** SHA-256 of all files together. */
  readonly sha256: string;
  /** Entries of run.json, one for each path or corpus. */
  readonly descriptions: readonly DataDescription[];
  /** Names of the held-out parts of the corpora: `multi30k-de-en:validation`. */
  readonly validation: readonly string[];
  /**
   * Whether the data is parallel: the first half of the files has sources, and the second half their targets, line by
   * line or file by file.
   */
  readonly isParallel?: boolean;
  /** Whether the parallel files are in two folders. Files with the same name then make one example together. */
  readonly areFolders?: boolean;
  /** Maximum number of examples to read, from the beginning; all unless given. */
  readonly maxExamples?: number;
}

export interface FindDataOptions
  extends WatchOptions, Omit<OpenDataOptions, 'givenFields' | 'onNote'> {
  readonly output: Output;
  /** Columns or fields of files with the texts, separated by commas. */
  readonly fieldNames?: string;
  /** Tokens of conversations that the loss counts; by default the answers. */
  readonly lossOn?: LossOn;
  /** Name of the setting that names the data; by default `data`, or `source` for parallel files. */
  readonly flag?: string;
}

/** Returns the options of `findData` for a command: its app's file extensions and fields, and its streams. */
export function findOptions({
  app: { data },
  io: { stdin },
  output,
}: Pick<DomainCall<object>, 'app' | 'io' | 'output'>): FindDataOptions {
  const { extensions, fields } = data;
  return { extensions, fields, stdin, output };
}

/**
 * Finds and hashes data: paths of files and folders, names of corpora and their parts (`NAME:validation`,
 * `NAME:test`), data sets of the Hugging Face Hub (`hf://datasets/owner/name:train`), and `-` for standard input.
 * Missing corpora and data sets are fetched into a cache; standard input is saved, so that it can be read again.
 *
 * @throws Error that names data that cannot be found or read.
 */
export async function findData(
  words: readonly string[],
  options: FindDataOptions,
): Promise<FoundData> {
  const { flag = 'data', fields, fieldNames, lossOn, output } = options;
  const given = fields && parseFields(fields, fieldNames);
  const files: DataFile[] = [];
  const descriptions: DataDescription[] = [];
  const validation: string[] = [];
  for (const word of words) {
    const found = await findPaths(word, options);
    const own = await openDataFiles(found.paths, {
      ...options,
      givenFields: found.isCorpus ? undefined : given,
      onNote: (note) => void output.note(note),
    });
    const sha256 = await hashData(watchFiles(own, options));
    files.push(...own);
    const chosenFields = given && !found.isCorpus && { fields: given.join(',') };
    const loss = lossOn !== undefined && { lossOn };
    descriptions.push({ path: found.name, sha256, ...chosenFields, ...loss });
    validation.push(...found.validation);
  }
  const sha256 = joinHashes(descriptions.map((each) => each.sha256));
  const conversations = areConversations(flag, files, lossOn) && { lossOn: lossOn ?? 'answers' };
  return { flag, files, descriptions, validation, sha256, ...(conversations && { conversations }) };
}

/**
 * Parses `--fields`: names of columns, one for each text of an example.
 *
 * @throws UsageError for more or fewer names.
 */
export function parseFields(
  { names }: DataFields,
  given: string | undefined,
): readonly string[] | undefined {
  if (given === undefined) return undefined;
  const columns = given.split(',').map((column) => column.trim());
  if (columns.length === names.length && !columns.includes('')) return columns;
  const count = names.length === 1 ? 'one name' : `${names.length} names separated by commas`;
  throw new UsageError(`--fields: expected ${count}, for ${names.join(' and ')}, got ${given}`);
}

/**
 * Finds and hashes two files whose lines belong together, or two folders with `.txt` files of the same names.
 *
 * @throws Error that names data that cannot be found or read.
 */
export async function findParallel(
  source: string,
  target: string,
  { flag = 'source', ...given }: FindDataOptions,
): Promise<FoundData> {
  const options = { ...given, flag, fields: undefined }; // paired lines are not tables
  const whole = given.fields?.areLanguages ? [source, target].filter(holdsPairs) : [];
  if (whole.length > 0) {
    const data = whole.map(shellQuoted).join(' ');
    const instead = flag === 'validSource' ? '--valid' : '--data';
    throw new Error(`${whole[0]}: it holds both languages; use ${instead} ${data}`);
  }
  if (isFolder(source) && isFolder(target)) return findFolderPair(source, target, options);
  const found = await findData([source, target], options);
  if (found.files.length !== 2) {
    throw new Error(`${source}, ${target}: expected two parallel files, got ${found.files.length}`);
  }
  return { ...found, validation: [], isParallel: true };
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

async function findFolderPair(
  source: string,
  target: string,
  options: FindDataOptions,
): Promise<FoundData> {
  const found = await findData([source, target], { ...options, extensions: ['.txt'] });
  const namesIn = (folder: string): string[] => {
    const own = found.files.map(({ name }) => relative(folder, name));
    return own.filter((name) => !name.startsWith('..'));
  };
  const [sources, targets] = [namesIn(source), namesIn(target)];
  for (const [names, others, folder] of [
    [sources, new Set(targets), target],
    [targets, new Set(sources), source],
  ] as const) {
    const alone = names.find((name) => !others.has(name));
    if (alone !== undefined) {
      throw new Error(
        `${join(folder, alone)}: expected a file, as in the parallel folder, got none`,
      );
    }
  }
  return { ...found, validation: [], isParallel: true, areFolders: true };
}

/** Matches a corpus with one of its parts: `multi30k-de-en:test`. */
const PART = /^(?<name>.+):(?<kind>validation|test)$/;

interface FoundPaths {
  /** Name that run.json records, by which a later command finds the data again: a path or a corpus. */
  readonly name: string;
  readonly paths: readonly string[];
  readonly validation: readonly string[];
  /** Whether `name` is a corpus. The corpus then defines the fields with its texts, not `--fields`. */
  readonly isCorpus?: boolean;
}

async function findPaths(
  word: string,
  { stdin, output, signal }: FindDataOptions,
): Promise<FoundPaths> {
  if (word === '-') {
    const path = await saveStream(stdin, join(cacheFolder(), 'stdin'));
    return { name: path, paths: [path], validation: [] };
  }
  if (existsSync(word)) return { name: resolve(word), paths: [word], validation: [] };
  const options = {
    signal,
    onProgress: ({ doneBytes, totalBytes }: Progress) => {
      output.progress(`getting ${word}: ${Math.round((100 * doneBytes) / totalBytes)} %`);
    },
    onWait: (reason: string) => void output.note(reason),
    onNote: (note: string) => void output.note(note),
  };
  if (isHubDataName(word)) {
    const { name, paths, licence } = await fetchHubData(word, options);
    await output.note(`${name} (licence: ${licence ?? 'none is named'})`);
    return { name, paths, validation: [] };
  }
  const names = listCorpora().map(({ name }) => name);
  const part = PART.exec(word)?.groups;
  const name = part?.name ?? word;
  if (!names.includes(name)) throw unknownData(word, nearestName(name, names));
  const { corpus, files, validationFiles, testFiles } = await getCorpus(name, options);
  if (part) {
    const paths = part.kind === 'test' ? testFiles : validationFiles;
    if (paths.length > 0) return { name: word, paths, validation: [], isCorpus: true };
    throw new Error(`${word}: expected a corpus with a ${part.kind} part, got one without`);
  }
  await output.note(`${name}: ${corpus.description} (${corpus.licence})`);
  const validation = validationFiles.length > 0 ? [`${name}:validation`] : [];
  return { name, paths: files, validation, isCorpus: true };
}

function unknownData(word: string, nearest: string | undefined): Error {
  if (/[*?[{]/.test(word)) {
    return new Error(
      `${word}: no file has this name. The shell replaces a pattern by the names of files only if it has no quotes and fits some; --data takes a folder too`,
    );
  }
  const hint = nearest ? `Did you mean the corpus ${nearest}?` : 'See ramble data list';
  return new Error(`${word}: expected a file, a folder or the name of a corpus, got none. ${hint}`);
}

/**
 * Returns the sha256 of data, in constant memory: for a single file the hash of `sha256sum`, for several files the
 * hash of the list of their hashes, one per line. File names have no effect.
 */
export async function hashData(files: readonly DataFile[]): Promise<string> {
  const hashes: string[] = [];
  for (const file of files) {
    const hash = createHash('sha256');
    for await (const chunk of file.chunks()) hash.update(chunk);
    hashes.push(hash.digest('hex'));
  }
  return joinHashes(hashes);
}

/** Joins hashes: returns a single hash unchanged, and otherwise the hash of their list. */
function joinHashes(hashes: readonly string[]): string {
  if (hashes.length === 1) return hashes[0];
  return createHash('sha256')
    .update(hashes.map((hash) => `${hash}\n`).join(''))
    .digest('hex');
}
