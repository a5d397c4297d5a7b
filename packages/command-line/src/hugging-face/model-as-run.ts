import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, realpath, stat, utimes } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';

import type { Engine } from '@ramble/core';
import { cacheFolder, fetchAlone, listModels } from '@ramble/datasets';
import { putInPlace, takeAway } from '@ramble/files';
import { folderStorage } from '@ramble/run-folder';

import { InterruptedError } from '../verb/exit-errors.js';
import type { Io } from '../verb/io.js';
import type { Output } from '../verb/output.js';
import { findModel, type FoundModel } from './find-model.js';
import { importModel, type ImportingApp } from './import-model.js';

/** Changes when `import` writes something else for the same files. */
const FORMAT = 1;
/** Days after which an imported model that nobody opened is removed from the cache. */
const KEPT_DAYS = 30;
const DAY_MS = 86_400_000;

export interface ModelReading {
  readonly app: ImportingApp;
  readonly engines: readonly Engine[];
  readonly output: Output;
  readonly io: Pick<Io, 'onInterrupt'>;
}

/**
 * Whether a word that should name a run names a model that can be imported instead: a GGUF file, a folder of Hugging
 * Face's layout, or the name of a published model.
 */
export function isForeignModel(word: string): boolean {
  if (existsSync(join(word, 'run.json'))) return false;
  if (existsSync(word)) return word.endsWith('.gguf') || existsSync(join(word, 'config.json'));
  return listModels().some(({ name }) => name === word);
}

/**
 * Imports a model that is no run into the cache, once for each state of its files, and removes imports that are
 * out of date or were not used for a month.
 *
 * @returns the folder of the run, whose last name is that of the model.
 * @throws InterruptedError on Ctrl-C; Error that names the file, when the model cannot be read.
 */
export async function modelAsRun(word: string, reading: ModelReading): Promise<string> {
  const { app, output, io } = reading;
  const stop = new AbortController();
  const forget = io.onInterrupt(() => stop.abort(new InterruptedError('stopped')));
  try {
    const { files: companions } = app.huggingFace;
    const found = await findModel(word, { companions, output, signal: stop.signal });
    const folder = join(cacheFolder(), 'imported');
    const path = await realpath(found.path);
    const [place, state] = [hashOf(path), hashOf(await stateOf(path), app.name)];
    const entry = join(folder, `${place}-${state}`);
    const onWait = (reason: string): void => void output.note(reason);
    await fetchAlone(place, entry, { signal: stop.signal, onWait }, async () => {
      await output.note(`importing ${word} once, into the cache: ${entry}`);
      await importInto(entry, nameOf(word, path), found, { ...reading, signal: stop.signal });
      await removeOld(folder, entry);
    });
    const now = new Date();
    await utimes(entry, now, now).catch(() => undefined); // a cache may be read-only
    const [name] = await readdir(entry);
    return join(entry, name);
  } finally {
    forget();
  }
}

async function importInto(
  entry: string,
  name: string,
  { path, origin }: FoundModel,
  task: ModelReading & { readonly signal: AbortSignal },
): Promise<void> {
  await putInPlace(entry, async (temporary) => {
    const storage = folderStorage(join(temporary, name));
    await importModel({ ...task, path, origin, storage });
  });
}

/** Sizes and times of the files that a model consists of; a change of any makes another import. */
async function stateOf(path: string): Promise<string> {
  const isFolder = (await stat(path)).isDirectory();
  const names = isFolder ? (await readdir(path)).sort() : [''];
  const facts: unknown[] = [FORMAT];
  for (const name of names) {
    const found = await stat(join(path, name)).catch(() => undefined); // a link may lead nowhere
    facts.push([name, found?.size, found?.mtimeMs]);
  }
  return JSON.stringify(facts);
}

function hashOf(...texts: readonly string[]): string {
  return createHash('sha256').update(texts.join('\n')).digest('hex').slice(0, 12);
}

/** Name of a model: the word that was typed, or the name of its file, its folder or its repository in the Hub's cache. */
function nameOf(word: string, path: string): string {
  if (!existsSync(word)) return basename(word);
  const repository = /models--.*--([^\\/]+)[\\/]snapshots[\\/]/.exec(path)?.[1];
  return repository ?? basename(resolve(word)).replace(/\.gguf$/, '');
}

/** Removes imports of earlier states of the same files, and those that nobody used for long. */
async function removeOld(folder: string, newest: string): Promise<void> {
  const [place] = basename(newest).split('-');
  for (const name of await readdir(folder)) {
    const entry = join(folder, name);
    if (entry === newest || !/^\w{12}-\w{12}$/.test(name)) continue;
    const { mtimeMs } = await stat(entry);
    const isOld = name.startsWith(`${place}-`) || Date.now() - mtimeMs > KEPT_DAYS * DAY_MS;
    if (isOld) await takeAway(entry);
  }
}
