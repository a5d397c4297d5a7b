import { readFile } from 'node:fs/promises';

import { isObject, tryParseJson } from '@ramble/core/files';
import { fileError } from '@ramble/node';

/** Name of the file with a model's configuration. */
const CONFIG_FILE = 'config.json';
const GENERATION_FILE = 'generation_config.json';
const WEIGHTS_FILE = 'model.safetensors';
/** Name of the index of weights in several files. */
const INDEX_FILE = 'model.safetensors.index.json';

/** Files to fetch from a repository: small files first, so that errors come early. */
export interface ChosenFiles {
  readonly small: readonly string[];
  /** The file of all weights; undefined if `small` has the index of weights in several files. */
  readonly weights?: string;
}

/** Files wanted from a repository. */
interface Wanted {
  /** Path of a GGUF file, or a quantization such as `Q8_0`, to fetch instead of weights in safetensors. */
  readonly file?: string;
  /** Names of a tokenizer's files; the repository may have some of them. */
  readonly companions: readonly string[];
  /** Location of the files, for error messages. */
  readonly place?: string;
}

/**
 * Chooses the files of a repository that an import reads. Programs and pickle files are never chosen.
 *
 * @param name - The repository, for error messages.
 * @param paths - Paths of all files of the repository.
 * @throws Error that lists the repository's files instead.
 */
export function chooseFiles(
  name: string,
  paths: readonly string[],
  { file, companions, place = 'the repository' }: Wanted,
): ChosenFiles {
  if (file !== undefined) return { small: [], weights: chooseGguf(name, paths, file) };
  const present = new Set(paths);
  const weights = [WEIGHTS_FILE, INDEX_FILE].find((each) => present.has(each));
  if (!present.has(CONFIG_FILE) || weights === undefined) throw noWeights(name, paths, place);
  const small = [CONFIG_FILE, GENERATION_FILE, ...companions].filter((each) => present.has(each));
  const names = [...new Set(small)];
  return weights === INDEX_FILE ? { small: [...names, weights] } : { small: names, weights };
}

function ggufFiles(paths: readonly string[]): readonly string[] {
  return paths.filter((path) => /\.gguf$/i.test(path));
}

/** Returns a file by its path, or the only one whose name ends with a quantization. */
function chooseGguf(name: string, paths: readonly string[], file: string): string {
  const all = ggufFiles(paths);
  if (all.includes(file)) return file;
  const ending = `${file}.gguf`.toLowerCase();
  const matching = all.filter((path) =>
    ['-', '.', '_', '/'].some((before) => `/${path}`.toLowerCase().endsWith(before + ending)),
  );
  if (matching.length === 1) return matching[0];
  const got = matching.length > 1 ? shown(matching) : all.length > 0 ? shown(all) : 'no GGUF files';
  throw new Error(`${name}: expected one GGUF file for ${file}, got ${got}`);
}

function noWeights(name: string, paths: readonly string[], place: string): Error {
  const expected = `${name}: expected ${CONFIG_FILE} and ${WEIGHTS_FILE} in ${place}`;
  const gguf = ggufFiles(paths);
  if (gguf.length > 0) {
    return new Error(`${expected}, got GGUF files; name one: ${name}:${gguf[0]}${others(gguf)}`);
  }
  const pickle = paths.find((path) => /\.(?:bin|pt|pth|pkl)$/.test(path));
  if (pickle !== undefined) {
    return new Error(
      `${expected}, got ${pickle}, which may hold programs and is never read; find a repository of this model with safetensors`,
    );
  }
  return new Error(`${expected}, got ${paths.length > 0 ? shown(paths) : 'no files'}`);
}

const MAX_SHOWN = 8;
function shown(paths: readonly string[]): string {
  const more = paths.length - MAX_SHOWN;
  return paths.slice(0, MAX_SHOWN).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function others(paths: readonly string[]): string {
  return paths.length > 1 ? ` (or ${shown(paths.slice(1))})` : '';
}

/**
 * Reads the names of weight files from a model's index.
 *
 * @param name - The model, for error messages.
 * @param at - Returns the path on disk of the model's file with a given name.
 * @throws Error if the index is missing.
 */
export async function readWeightFiles(
  name: string,
  at: (path: string) => string,
): Promise<readonly string[]> {
  const text = await readFile(at(INDEX_FILE), 'utf8').catch((error: unknown) => {
    throw fileError(at(INDEX_FILE), error);
  });
  const names = Object.values(weightMap(text));
  if (names.length === 0 || !names.every((each) => typeof each === 'string')) {
    throw new Error(`${name}: expected a list of weights in ${INDEX_FILE}, got none`);
  }
  return [...new Set(names)].sort();
}

function weightMap(text: string): Readonly<Record<string, unknown>> {
  const json = tryParseJson(text);
  return isObject(json) && isObject(json.weight_map) ? json.weight_map : {};
}
