import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

import { nearestName } from '@ramble/core/app';
import { getModel, isModelName, listModels } from '@ramble/datasets';
import type { OriginDescription } from '@ramble/runs';

import type { Output } from '../verb/output.js';
import { shellQuoted } from '../verb/verb.js';
import { formatBytes } from '../format/format-number.js';

export interface FindModelOptions {
  /** Names of the files of a tokenizer, which are fetched with the weights. */
  readonly companions: readonly string[];
  readonly output: Output;
  readonly signal: AbortSignal;
}

/** A model on the disk, and its origin for run.json. */
export interface FoundModel {
  /** A folder of Hugging Face's, or a GGUF file. */
  readonly path: string;
  readonly origin: OriginDescription;
}

/** Prefix of a model's address on the Hub, which people paste before its name. */
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

/** Adds a note to an error about a name that may have been meant as a path. */
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
