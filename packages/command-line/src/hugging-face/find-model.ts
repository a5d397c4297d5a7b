import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

import { nearestName } from '@ramble/core/app';
import { getModel, isModelName, listModels } from '@ramble/datasets';
import { fileError } from '@ramble/node';
import type { OriginDescription, StoredFile } from '@ramble/runs';
import { GGUF_MAGIC, openGgufFolder } from '@ramble/runs/gguf';
import type { FolderReader } from '@ramble/runs/hugging-face';
import { openFile } from '@ramble/runs/node';
import type { Safetensors } from '@ramble/runs/safetensors';

import type { WatchOptions } from '../data/watch-files.js';
import { formatBytes } from '../format/format-number.js';
import type { Output } from '../verb/output.js';
import { shellQuoted } from '../verb/verb.js';

interface FindModelOptions {
  /** Names of the files of a tokenizer, which are fetched with the weights. */
  readonly companions: readonly string[];
  readonly output: Output;
  readonly signal: AbortSignal;
}

/** A model on the disk, and its origin for run.json. */
export interface FoundModel {
  /** Path of a folder in the layout of Hugging Face (config.json, safetensors), or of a GGUF file. */
  readonly path: string;
  readonly origin: OriginDescription;
}

/** Matches the address of the Hugging Face Hub, which users paste before the name of a model. */
export const HUB_URL = /^(?:https?:\/\/)?(?:huggingface\.co|hf\.co)\//;

/**
 * Finds the model that `import` reads: a file or folder at a path, or else a published model, which is fetched if no
 * cache has it. An existing path has precedence over a published model.
 *
 * @throws Error if neither exists.
 */
export async function findModel(
  word: string,
  { companions, output, signal }: FindModelOptions,
): Promise<FoundModel> {
  if (existsSync(join(word, 'run.json'))) {
    throw new Error(
      `${word}: it is a run already, which every verb takes: --model ${shellQuoted(word)}`,
    );
  }
  if (existsSync(word)) return { path: word, origin: { kind: 'import', path: resolve(word) } };
  if (!isModelName(word) || word.endsWith('.gguf')) throw nothingNamed(word);
  output.progress(`getting ${word} …`);
  const got = await getModel(word, {
    companions,
    signal,
    onProgress: ({ doneBytes, totalBytes }) => {
      output.progress(`getting ${word}: ${formatBytes(doneBytes)} of ${formatBytes(totalBytes)}`);
    },
    onWait: (reason) => void output.note(reason),
    onNote: (note) => void output.note(note),
  }).catch((error: unknown) => {
    throw withFolder(word, error);
  });
  const { path, source, licence, description, sha256 } = got;
  output.progress('');
  const about = description === undefined ? source : `${description}; from ${source}`;
  await output.note(`${word}: ${about} (licence: ${licence ?? 'none is named'})`);
  const card = {
    source,
    ...(licence !== undefined && { licence }),
    ...(sha256 !== undefined && { sha256 }),
  };
  return { path, origin: { kind: 'import', path: resolve(path), ...card } };
}

/**
 * Adds to the error of an unknown name `DIR/FILE` that the folder `DIR` lacks the file. If `DIR` exists, the name was
 * probably a path; otherwise the error is unchanged.
 */
function withFolder(word: string, error: unknown): unknown {
  const folder = dirname(word);
  if (!(error instanceof Error) || folder === '.' || !existsSync(folder)) return error;
  return new Error(`${error.message}. The folder ${folder} has nothing named ${basename(word)}`, {
    cause: error,
  });
}

function nothingNamed(word: string): Error {
  const names = listModels().map(({ name }) => name);
  const onHub = word.replace(HUB_URL, '');
  const nearest = onHub !== word && isModelName(onHub) ? onHub : nearestName(word, names);
  const hint = nearest ? `. Did you mean ${nearest}?` : '; see ramble data list';
  return new Error(
    `${word}: expected a folder, a GGUF file or the name of a model, got none${hint}`,
  );
}

/** A folder to read, which must be closed. */
interface OpenFolder extends FolderReader {
  close(): Promise<void>;
}

/**
 * Opens a Hugging Face folder, or a GGUF file as if it were such a folder.
 *
 * @throws Error that names the folder or the file, if it is missing or is no GGUF file.
 */
export async function openFolder(path: string): Promise<OpenFolder> {
  const stats = await stat(path).catch((error: unknown) => {
    throw fileError(path, error);
  });
  if (stats.isDirectory()) return { ...folderReader(path), close: () => Promise.resolve() };
  const file = await openFile(path);
  try {
    await checkIsGguf(file, path);
    return { ...(await openGgufFolder(file)), close: () => file.close() };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/**
 * Refuses a file that neither is named as a GGUF file nor begins as one.
 *
 * @throws Error with advice on such a file.
 */
async function checkIsGguf(file: StoredFile, path: string): Promise<void> {
  if (path.endsWith('.gguf')) return;
  const head = await file.read(0, Math.min(GGUF_MAGIC.length, file.sizeBytes));
  if (Buffer.from(head).toString('latin1') === GGUF_MAGIC) return;
  const isWeights = /\.(safetensors|bin|pt|pth)$/.test(path);
  const hint = isWeights
    ? `; name its folder: ${shellQuoted(dirname(path))}`
    : `; a file to train on is for train: --data ${shellQuoted(path)}`;
  throw new Error(
    `${path}: expected a folder of Hugging Face or a GGUF file, got another file${hint}`,
  );
}

/**
 * Reads files of a folder by name. Links are followed even out of the folder, because folders of Hugging Face's
 * own cache consist of links.
 */
export function folderReader(folder: string): FolderReader {
  const nameOf = (path: string): string => (path === '' ? folder : `${folder}/${path}`);
  async function at<T>(path: string, operate: (full: string) => Promise<T>): Promise<T> {
    try {
      return await operate(join(folder, path));
    } catch (error) {
      throw fileError(nameOf(path), error);
    }
  }
  return {
    name: folder,
    list: (path) => at(path, async (full) => (await readdir(full)).sort()),
    open: (path) => at(path, (full) => openFile(full, nameOf(path))),
  };
}

/** Wraps a safetensors file so that reading its tensors calls `onProgress` and stops when the signal is aborted. */
export function watchTensors(file: Safetensors, { signal, onProgress }: WatchOptions): Safetensors {
  const entries = [...file.tensors.values()];
  const total = entries.reduce((sum, { start, end }) => sum + end - start, 0);
  let done = 0;
  async function* bytes(name: string): ReturnType<Safetensors['bytes']> {
    for await (const piece of file.bytes(name)) {
      signal?.throwIfAborted();
      yield piece;
      done += piece.length;
      onProgress?.(done / total);
    }
  }
  return { ...file, bytes };
}
