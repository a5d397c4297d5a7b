import type { BlockFormat } from '@ramble/core/weights';
import {
  isObject,
  type JsonObject,
  named,
  parseObject,
  shownText,
  shownValue,
} from '@ramble/core/files';

import { readText, type RunStorage, type StoredFile } from '../storage/run-storage.js';
import { tensorIn } from '../safetensors/float-codecs.js';
import { openSafetensors, type Safetensors } from '../safetensors/open-safetensors.js';
import type { TensorEntry } from '../safetensors/safetensors-header.js';

/** A folder of files to read. */
export interface FolderReader extends Pick<RunStorage, 'name' | 'list' | 'open'> {
  /** The weights of a GGUF file that is read as a folder; absent if the folder contains weight files. */
  readonly weights?: Weights;
}

/** Tensors of a file whose matrices may be quantized in blocks. */
export interface Weights extends Safetensors {
  /**
   * Returns the blocks of a matrix of a quantized type that ramble keeps without rounding (Q4_0, Q4_1, Q8_0);
   * `undefined` for any other tensor.
   */
  readonly groups?: (name: string) => TensorGroups | undefined;
}

/**
 * The blocks of a quantized matrix in GGML's layout: of type Q4_1 for the format `q4`, Q8_0 for `q8`. A block has 32
 * consecutive weights of a row.
 */
export interface TensorGroups {
  readonly format: BlockFormat;
  /** Yields the blocks of all rows, in pieces of whole rows. A piece stays valid only until the next one is read. */
  rows(): AsyncGenerator<Uint8Array, void, undefined>;
}

/** Tensors of one or more open files, which the caller must close. */
export interface OpenTensors {
  readonly tensors: Weights;
  readonly close: () => Promise<void>;
}

const SINGLE = 'model.safetensors';
const INDEX = 'model.safetensors.index.json';
/** Maximum size of an index in bytes. An index has some hundred bytes a tensor. */
const MAX_INDEX_BYTES = 2 ** 24;

/**
 * Opens the weights of a Hugging Face folder: one file, or the shards that an index names, which are read
 * like one file.
 *
 * @throws Error, TypeError or RangeError that names the file, if one is missing or broken, or the index
 *   contradicts the shards.
 */
export async function openShards(folder: FolderReader): Promise<OpenTensors> {
  const { weights } = folder;
  if (weights) return closing([], () => Promise.resolve(weights));
  const names = await folder.list('');
  if (names.includes(SINGLE)) {
    const file = await folder.open(SINGLE);
    return closing([file], () => openSafetensors(file));
  }
  if (names.includes(INDEX)) return openIndexed(folder, names);
  const old = names.find((name) => /^pytorch_model.*\.bin(\.index\.json)?$/.test(name));
  const hint = old
    ? `${old}, which can hold code and is not read: save it anew with transformers' save_pretrained`
    : 'neither';
  throw new Error(`${folder.name}: expected ${SINGLE} or ${INDEX}, got ${hint}`);
}

async function openIndexed(folder: FolderReader, present: readonly string[]): Promise<OpenTensors> {
  const name = `${folder.name}/${INDEX}`;
  const text = await readText(folder, INDEX, MAX_INDEX_BYTES);
  const index = named(name, () => parseIndex(parseObject(text)));
  const shardNames = [...new Set(index.shardOf.values())];
  const missing = shardNames.find((shard) => !present.includes(shard));
  if (missing !== undefined)
    throw new RangeError(`${name}: expected the file ${shownText(missing)}, got none`);
  const files: StoredFile[] = [];
  return closing(files, async () => {
    const shards = new Map<string, Safetensors>();
    for (const shard of shardNames) {
      const file = await folder.open(shard);
      files.push(file);
      shards.set(shard, await openSafetensors(file));
    }
    return joinShards(name, index, shards);
  });
}

interface Index {
  /** Sum of the tensors' bytes. */
  readonly totalBytes: number;
  /** Name of the file that contains a tensor, by the tensor's name. */
  readonly shardOf: ReadonlyMap<string, string>;
}

function parseIndex({ metadata, weight_map: map }: JsonObject): Index {
  if (!isObject(map)) throw new TypeError('expected an object weight_map, got none');
  const totalBytes = isObject(metadata) ? metadata.total_size : undefined;
  if (typeof totalBytes !== 'number') {
    throw new TypeError('expected a number metadata.total_size, got none');
  }
  const shardOf = new Map<string, string>();
  for (const [tensor, shard] of Object.entries(map)) {
    // A plain name cannot lead out of the folder; a path could.
    if (typeof shard !== 'string' || !/^[\w-][\w.-]*\.safetensors$/.test(shard)) {
      throw new RangeError(
        `weight_map: expected the name of a .safetensors file for ${shownText(tensor)}, got ${shownValue(shard)}`,
      );
    }
    shardOf.set(tensor, shard);
  }
  return { totalBytes, shardOf };
}

function joinShards(
  name: string,
  { totalBytes, shardOf }: Index,
  shards: ReadonlyMap<string, Safetensors>,
): Safetensors {
  const tensors = new Map<string, TensorEntry>();
  const fileOf = new Map<string, Safetensors>();
  for (const [shard, file] of shards) {
    for (const [tensor, entry] of file.tensors) {
      if (shardOf.get(tensor) !== shard) {
        const listed = shardOf.get(tensor) ?? 'no file';
        throw new RangeError(`${name}: expected ${tensor} in ${shard}, got ${shownText(listed)}`);
      }
      tensors.set(tensor, entry);
      fileOf.set(tensor, file);
    }
  }
  for (const [tensor, shard] of shardOf) {
    if (tensors.has(tensor)) continue;
    throw new RangeError(
      `${name}: expected ${shard} to hold ${shownText(tensor)}, got a file without it`,
    );
  }
  const got = [...tensors.values()].reduce((sum, { start, end }) => sum + end - start, 0);
  if (got !== totalBytes) {
    throw new RangeError(`${name}: expected ${totalBytes} bytes of tensors, got ${got}`);
  }
  const find = (tensor: string): Safetensors => tensorIn(name, fileOf, tensor);
  return {
    name,
    metadata: new Map(),
    tensors,
    read: async (tensor) => find(tensor).read(tensor),
    bytes: (tensor) => find(tensor).bytes(tensor),
  };
}

/**
 * Opens tensors in files that are already open. `close` of the result closes the files; they are also closed if `open`
 * fails.
 */
async function closing(
  files: readonly StoredFile[],
  open: () => Promise<Weights>,
): Promise<OpenTensors> {
  const close = async (): Promise<void> => {
    for (const file of files) await file.close();
  };
  try {
    return { tensors: await open(), close };
  } catch (error) {
    await close();
    throw error;
  }
}
