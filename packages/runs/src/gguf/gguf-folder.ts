import { type ByteSink, type ByteSource, memoryBytes } from '@ramble/core/files';
import { formatJson, type JsonObject, named, shownValue } from '@ramble/core/files';

import type { FolderReader } from '../hugging-face/open-shards.js';
import { bytesOf } from '../safetensors/float-codecs.js';
import { isSameTensor } from '../safetensors/open-safetensors.js';
import type { EncodedTensor } from '../safetensors/write-safetensors.js';
import type { TypedValue } from './format/metadata.js';
import { type Gguf, openGguf } from './format/open-gguf.js';
import { type GgufTensorToWrite, writeGguf } from './format/write-gguf.js';
import { type Architecture, ARCHITECTURES, isArchitecture } from './model/architectures.js';
import { architectureOf, ggufMetadata, ggufTensor } from './model/gguf-metadata.js';
import { huggingFaceConfig } from './model/hugging-face-config.js';
import { type GgufWeights, huggingFaceTensors } from './model/hugging-face-tensors.js';
import { ROPE_TENSORS, type RopeTensors } from './model/rope-scaling.js';
import { decodeBlocks, type WrittenType } from './format/tensor-types.js';
import { readTokenizer, stopIds } from './tokenizer/read-tokenizer.js';
import { writeTokenizer } from './tokenizer/write-tokenizer.js';

/** A GGUF file, read like the Hugging Face folder of the same model. */
export interface GgufFolder extends FolderReader {
  /** The weights under Hugging Face's names, as `model.safetensors` would have them. */
  readonly weights: GgufWeights;
}

/**
 * Opens a GGUF file as a Hugging Face folder: `config.json`, `generation_config.json`, `tokenizer.json` and
 * `tokenizer_config.json` are made from its metadata, and its tensors are read under Hugging Face's names,
 * dequantized.
 *
 * @throws TypeError or RangeError that names the file, and the key or the tensor, if the file is malformed or its
 *   model is not supported.
 */
export async function openGgufFolder(source: ByteSource): Promise<GgufFolder> {
  const file = await openGguf(source);
  const { name } = file;
  const rope = await readRopeTensors(file);
  const tiedHead = await isTied(file);
  const { files, weights } = named(name, () => describe(file, rope, tiedHead));
  return {
    name,
    list: (folder) => Promise.resolve(folder === '' ? Object.keys(files).sort() : []),
    open: (path) => {
      if (!Object.hasOwn(files, path)) {
        return Promise.reject(new Error(`${name}: expected a file that holds ${path}, got none`));
      }
      const bytes = new TextEncoder().encode(files[path]);
      const close = (): Promise<void> => Promise.resolve();
      return Promise.resolve({ ...memoryBytes(`${name}/${path}`, bytes), close });
    },
    weights,
  };
}

const HEAD = 'output.weight';
const EMBEDDING = 'token_embd.weight';

/** Whether the output projection is the token embedding; files of GPT-2 and OLMo may contain it twice. */
async function isTied(file: Gguf): Promise<boolean> {
  const [head, embedding] = [HEAD, EMBEDDING].map((tensor) => file.tensors.get(tensor));
  if (!head) return true;
  const name = file.metadata.get('general.architecture');
  if ((name !== 'gpt2' && name !== 'olmo2') || !embedding) return false;
  if (head.type !== embedding.type || head.shape.join() !== embedding.shape.join()) return false;
  return isSameTensor({ bytes: (name) => file.rows(name) }, HEAD, EMBEDDING);
}

function describe(
  file: Gguf,
  rope: RopeTensors,
  tiedHead: boolean,
): { readonly files: Record<string, string>; readonly weights: GgufWeights } {
  const key = 'general.architecture';
  const architecture = file.metadata.get(key);
  if (typeof architecture !== 'string' || !isArchitecture(architecture)) {
    const known = Object.keys(ARCHITECTURES).join(', ');
    throw new RangeError(`${key}: expected one of ${known}, got ${shownValue(architecture)}`);
  }
  const config: JsonObject = {
    ...huggingFaceConfig(file, architecture, rope),
    tie_word_embeddings: tiedHead,
  };
  const headDim = typeof config.head_dim === 'number' ? config.head_dim : 1;
  const stops = stopIds(file.metadata);
  return {
    files: {
      'config.json': formatJson(config),
      'generation_config.json': formatJson({
        bos_token_id: config.bos_token_id,
        eos_token_id: stops.length > 1 ? stops : (stops.at(0) ?? null),
      }),
      ...readTokenizer(file.metadata),
    },
    weights: huggingFaceTensors(file, ARCHITECTURES[architecture], headDim),
  };
}

/** Maximum number of frequency factors of rotary positions: more than any head has columns. */
const MAX_FACTORS = 2 ** 16;

async function readRopeTensors(file: Gguf): Promise<RopeTensors> {
  const read = async (name: string): Promise<Float32Array | undefined> => {
    const tensor = file.tensors.get(name);
    if (!tensor) return undefined;
    const { shape, type } = tensor;
    if (shape.length !== 1 || shape[0] > MAX_FACTORS || type !== 'F32') {
      throw new RangeError(
        `${file.name}: ${name}: expected at most ${MAX_FACTORS} numbers of F32, got ${type} of shape [${shape.join()}]`,
      );
    }
    const values = new Float32Array(shape[0]);
    for await (const piece of file.rows(name)) decodeBlocks(type, piece, values);
    return values;
  };
  return {
    frequencyFactors: await read(ROPE_TENSORS.frequencyFactors),
    longFactors: await read(ROPE_TENSORS.longFactors),
    shortFactors: await read(ROPE_TENSORS.shortFactors),
  };
}

/** A model as the contents of a Hugging Face folder. */
export interface HuggingFaceModel {
  /** The content of config.json. */
  readonly config: JsonObject;
  /** The weights under Hugging Face's names, in F32 or F16. */
  readonly tensors: readonly EncodedTensor[];
  /** The folder's other small files by name. Only the tokenizer's files are used. */
  readonly files: Readonly<Record<string, string>>;
}

/**
 * Model name for a GGUF file, and the type of its matrices.
 */
export interface GgufOptions {
  /** Name of the model (`general.name`). */
  readonly name: string;
  /** Type of the matrices; gains, biases and positions stay F32. */
  readonly type: WrittenType;
}

/** llama.cpp's `general.file_type` by the type of most matrices. */
const FILE_TYPES: Readonly<Record<WrittenType, number>> = { F32: 0, F16: 1, Q8_0: 7 };
/** Version of the quantized formats (`general.quantization_version`). */
const QUANTIZATION_VERSION = 2;

/**
 * Writes a model with its tokenizer as a GGUF file, which llama.cpp and Ollama run. Weights are streamed, a few
 * megabytes at a time.
 *
 * @throws RangeError or TypeError that names the field or the tensor if llama.cpp does not support the model or the
 *   tokenizer.
 */
export async function writeGgufModel(
  sink: ByteSink,
  { config, tensors, files }: HuggingFaceModel,
  { name, type }: GgufOptions,
): Promise<void> {
  const architecture = architectureOf(config);
  const kind: Architecture = ARCHITECTURES[architecture];
  const heads = Number(config.num_attention_heads);
  const headDim = Number(config.head_dim ?? Number(config.hidden_size) / heads);
  const isCopied = kind.head === 'separate' && config.tie_word_embeddings === true;
  const all = isCopied ? [...tensors, ...headOf(tensors)] : tensors;
  const written = all.map((tensor) => ggufTensor(tensor, kind, { type, headDim }));
  const shapes = new Map(written.map((tensor) => [tensor.name, tensor]));
  const { metadata, rope } = ggufMetadata(config, architecture, shapes);
  const vocabSize = shapes.get('token_embd.weight')?.shape[0] ?? 0; // `ggufMetadata` found it
  const entries = new Map<string, TypedValue>([
    ...metadata,
    ['general.type', { type: 'string', value: 'model' }],
    ['general.name', { type: 'string', value: name }],
    ['general.file_type', { type: 'uint32', value: FILE_TYPES[type] }],
    ['general.quantization_version', { type: 'uint32', value: QUANTIZATION_VERSION }],
    [`${architecture}.vocab_size`, { type: 'uint32', value: vocabSize }],
    ...writeTokenizer(
      // The folder's generation_config.json takes precedence for the ids that end a text.
      { 'generation_config.json': formatJson({ eos_token_id: config.eos_token_id }), ...files },
      vocabSize,
    ),
  ]);
  await writeGguf(sink, entries, [...factorTensors(rope), ...written]);
}

/** Returns the output projection of a model with tied weights: the token embedding. */
function headOf(tensors: readonly EncodedTensor[]): EncodedTensor[] {
  return tensors
    .filter(({ name }) => name === 'model.embed_tokens.weight')
    .map((tensor) => ({ ...tensor, name: 'lm_head.weight' }));
}

function factorTensors(rope: RopeTensors): GgufTensorToWrite[] {
  return Object.entries(ROPE_TENSORS).flatMap(([field, name]) => {
    const values = rope[field as keyof RopeTensors]; // one of its keys
    if (!values) return [];
    return [{ name, type: 'F32', shape: [values.length], bytes: () => [bytesOf(values)] }];
  });
}
