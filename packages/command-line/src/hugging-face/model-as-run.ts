import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, realpath, stat, utimes } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import timers from 'node:timers'; // Deno's own have no unref

import type { Engine } from '@ramble/core/engine';
import { cacheFolder, fetchAlone, listModels } from '@ramble/datasets';
import { putInPlace, takeAway } from '@ramble/node';
import { folderStorage } from '@ramble/runs/node';

import { InterruptedError } from '../verb/exit-errors.js';
import type { Io } from '../verb/io.js';
import type { Output } from '../verb/output.js';
import { findModel, type FoundModel } from './find-model.js';
import { importModel, type ImportingApp } from './import-model.js';

/** Version of imported runs in the cache. It changes if `import` writes other files for the same model. */
const FORMAT = 1;
/** Days without use after which an imported model is removed from the cache. */
const KEPT_DAYS = 30;
const DAY_MS = 86_400_000;
/**
 * Interval in milliseconds at which a process marks an import as used, from its first use to the end of the process.
 */
const RENEWAL_MS = 600_000;
/**
 * Time in milliseconds, since an import was last marked as used (`renew`), during which a process may still use it.
 */
const IN_USE_MS = 6 * RENEWAL_MS;

/** Imports that this process marks as used until it ends. */
const renewed = new Set<string>();

export interface ModelReading extends ImportingApp {
  readonly engines: readonly Engine[];
  readonly output: Output;
  readonly io: Pick<Io, 'onInterrupt'>;
}

/**
 * Whether a word in place of a run names a model to import: a GGUF file, a folder of Hugging Face's layout, or a
 * published model.
 */
export function isForeignModel(word: string): boolean {
  if (existsSync(join(word, 'run.json'))) return false;
  if (existsSync(word)) return word.endsWith('.gguf') || existsSync(join(word, 'config.json'));
  return listModels().some(({ name }) => name === word);
}

/**
 * Imports a model into the cache, once for each state of its files. Removes imports that are outdated or were
 * unused for a month, unless a process uses them.
 *
 * @returns the folder of the run, named after the model.
 * @throws InterruptedError on Ctrl-C; Error that names the file if the model cannot be read.
 */
export async function modelAsRun(word: string, reading: ModelReading): Promise<string> {
  const { app, huggingFace, output, io } = reading;
  const stop = new AbortController();
  const forget = io.onInterrupt(() => stop.abort(new InterruptedError('stopped')));
  try {
    const { files: companions } = huggingFace;
    const found = await findModel(word, { companions, output, signal: stop.signal });
    const folder = join(cacheFolder(), 'imported');
    const path = await realpath(found.path);
    const name = nameOf(word, path);
    const [place, state] = [hashOf(path, name), hashOf(await stateOf(path), app.name)];
    const entry = join(folder, `${place}-${state}`);
    const onWait = (reason: string): void => void output.note(reason);
    await fetchAlone(place, entry, { signal: stop.signal, onWait }, async () => {
      await output.note(`importing ${word} once, into the cache: ${entry}`);
      await importInto(entry, name, found, { ...reading, signal: stop.signal });
      await removeOld(folder, entry);
    });
    await renew(entry);
    if (!renewed.has(entry)) timers.setInterval(() => void renew(entry), RENEWAL_MS).unref();
    renewed.add(entry);
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

/** Marks an import as used now. */
async function renew(entry: string): Promise<void> {
  const now = new Date();
  await utimes(entry, now, now).catch(() => undefined); // a cache may be read-only
}

/**
 * Returns the sizes and times of a model's files; a change of any causes another import. Hidden files and folders,
 * such as `.git`, are ignored.
 */
async function stateOf(path: string): Promise<string> {
  const isFolder = (await stat(path)).isDirectory();
  const names = isFolder
    ? (await readdir(path)).filter((name) => !name.startsWith('.')).sort()
    : [''];
  const facts: unknown[] = [FORMAT];
  for (const name of names) {
    const found = await stat(join(path, name)).catch(() => undefined); // a link may lead nowhere
    if (found?.isDirectory()) continue;
    facts.push([name, found?.size, found?.mtimeMs]);
  }
  return JSON.stringify(facts);
}

function hashOf(...texts: readonly string[]): string {
  return createHash('sha256').update(texts.join('\n')).digest('hex').slice(0, 12);
}

/** Name of a model: the typed word, or the name of its file, its folder or its repository in the Hub's cache. */
function nameOf(word: string, path: string): string {
  if (!existsSync(word)) return basename(word);
  const repository = /models--.*--([^\\/]+)[\\/]snapshots[\\/]/.exec(path)?.[1];
  return (repository ?? basename(resolve(word)).replace(/\.gguf$/, '')) || 'model'; // for a file named .gguf
}

/**
 * Removes imports of earlier states of the same files, and imports without recent use. Another process may remove the
 * same imports at the same time, so an error here must not fail a finished import.
 */
async function removeOld(folder: string, newest: string): Promise<void> {
  const [place] = basename(newest).split('-');
  for (const name of await readdir(folder).catch(() => [])) {
    const entry = join(folder, name);
    if (entry === newest || !/^\w{12}-\w{12}$/.test(name)) continue;
    const found = await stat(entry).catch(() => undefined);
    const keptMs = name.startsWith(`${place}-`) ? IN_USE_MS : KEPT_DAYS * DAY_MS;
    const isOld = found !== undefined && Date.now() - found.mtimeMs > keptMs;
    if (isOld) await takeAway(entry).catch(() => undefined);
  }
}
