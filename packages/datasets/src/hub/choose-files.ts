/** The description of a model's shape. */
const CONFIG_FILE = 'config.json';
const GENERATION_FILE = 'generation_config.json';
const WEIGHTS_FILE = 'model.safetensors';
/** The list of weights in several files. */
export const INDEX_FILE = 'model.safetensors.index.json';

/** What is fetched of a repository: small files first, so that a refusal comes early. */
export interface ChosenFiles {
  readonly small: readonly string[];
  /** The file of all weights; or undefined where `small` has a list of several. */
  readonly weights?: string;
}

/** What is wanted of a repository. */
export interface Wanted {
  /** A GGUF file or its quantization, instead of weights in safetensors. */
  readonly file?: string;
  /** Names of a tokenizer's files, of which there may be some. */
  readonly companions: readonly string[];
  /** The place of the files, for error messages. */
  readonly place?: string;
}

/**
 * Chooses the files of a repository that an import reads. Programs and pickles are never among them.
 *
 * @param name - For error messages: the repository.
 * @param paths - All files.
 * @throws Error that says what the repository has instead.
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

/** A file by its path, or the only one whose name ends with a quantization. */
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

const MOST_SHOWN = 8;
function shown(paths: readonly string[]): string {
  const more = paths.length - MOST_SHOWN;
  return paths.slice(0, MOST_SHOWN).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function others(paths: readonly string[]): string {
  return paths.length > 1 ? ` (or ${shown(paths.slice(1))})` : '';
}
