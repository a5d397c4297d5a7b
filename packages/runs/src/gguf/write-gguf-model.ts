import type { ByteSink } from '@ramble/core';
import { formatJson, type JsonObject } from '@ramble/core/files';
import { bytesOf } from '../safetensors/float-codecs.js';
import type { EncodedTensor } from '../safetensors/write-tensors.js';

import type { TypedValue } from './format/metadata.js';
import { type GgufTensorToWrite, writeGguf } from './format/write-gguf.js';
import { type Architecture, ARCHITECTURES } from './model/architectures.js';
import { architectureOf, ggufMetadata } from './model/gguf-metadata.js';
import { ggufTensor } from './model/gguf-tensor.js';
import { ROPE_TENSORS, type RopeTensors } from './model/rope-scaling.js';
import type { WrittenType } from './quantization/encode-blocks.js';
import { writeTokenizer } from './tokenizer/write-tokenizer.js';

/** A model as a Hugging Face folder holds it. */
export interface HuggingFaceModel {
  /** The content of config.json. */
  readonly config: JsonObject;
  /** The weights under Hugging Face's names, in F32 or F16. */
  readonly tensors: readonly EncodedTensor[];
  /** The folder's other small files by name, of which those of the tokenizer are kept. */
  readonly files: Readonly<Record<string, string>>;
}

/**
 * What a GGUF file says of its model beside the weights, and the type that it keeps matrices in.
 */
export interface GgufOptions {
  /** Name of the model, for whoever lists models. */
  readonly name: string;
  /** Type of the matrices; gains, biases and positions are kept in F32. */
  readonly type: WrittenType;
}

/** llama.cpp's number for files whose matrices are mostly of a type. */
const FILE_TYPES: Readonly<Record<WrittenType, number>> = { F32: 0, F16: 1, Q8_0: 7 };
/** The version of the blocks of quantized types. */
const QUANTIZATION_VERSION = 2;

/**
 * Writes a model with its tokenizer as a GGUF file, which llama.cpp and Ollama run. Numbers stream from
 * file to file.
 *
 * @throws RangeError or TypeError that names the field or the tensor, for a model or a tokenizer that
 *   llama.cpp has not.
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
      // A folder's own generation_config.json knows better which ids end a text.
      { 'generation_config.json': formatJson({ eos_token_id: config.eos_token_id }), ...files },
      vocabSize,
    ),
  ]);
  await writeGguf(sink, entries, [...factorTensors(rope), ...written]);
}

/** The output projection of a model that has none beside its token embedding. */
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
