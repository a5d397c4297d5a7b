import { sizeOf } from '@ramble/core/engine';
import { formatOfGgml } from '@ramble/core/weights';
import { named } from '@ramble/core/files';

import {
  bytesOf,
  FLOAT_CODECS,
  type FloatDtype,
  readFloats,
  tensorIn,
} from '../../safetensors/float-codecs.js';
import type { Safetensors } from '../../safetensors/open-safetensors.js';
import type { TensorEntry } from '../../safetensors/safetensors-header.js';
import type { TensorGroups, Weights } from '../../hugging-face/open-shards.js';

import type { Gguf, GgufTensor } from '../format/open-gguf.js';
import { decodeBlocks, isBlockType, rowBytes, TENSOR_TYPES } from '../format/tensor-types.js';
import { type Architecture, toHuggingFaceName } from './architectures.js';

/** Names of tensors with frequencies of rotary positions. Hugging Face keeps these settings in config.json instead. */
const OF_POSITIONS = /^(rope_freqs|rope_factors_(long|short)|blk\.\d+\.attn_rot_embd)\.weight$/;

/**
 * The tensors of a GGUF file under Hugging Face's names, with their quantized blocks, which ramble keeps bit for bit.
 */
export type GgufWeights = Required<Weights>;

/**
 * Returns the tensors of a GGUF file as transformers stores the same model: with its names and order of rows,
 * and with blocks dequantized to F32. Numbers are read and dequantized on request, a few megabytes at a time.
 *
 * @param headDim - Width of an attention head.
 */
export function huggingFaceTensors(
  file: Gguf,
  architecture: Architecture,
  headDim: number,
): GgufWeights {
  const views = new Map<string, View>();
  const tensors = new Map<string, TensorEntry>();
  let start = 0;
  for (const tensor of file.tensors.values()) {
    if (OF_POSITIONS.test(tensor.name)) continue;
    const view = named(`${file.name}: ${tensor.name}`, () => viewOf(tensor, architecture, headDim));
    const { dtype, shape } = view;
    const end = start + sizeOf(shape) * (dtype === 'F32' ? 4 : 2);
    // Unknown names stay unchanged, so that unexpected tensors are found.
    const name = toHuggingFaceName(architecture, tensor.name) ?? tensor.name;
    tensors.set(name, { name, dtype, shape, start, end });
    views.set(name, view);
    start = end;
  }
  const found = (name: string): View => tensorIn(file.name, views, name);
  async function* bytes(name: string): ReturnType<Safetensors['bytes']> {
    const view = found(name);
    yield* view.isTransposed ? transposed(file, view) : pieces(file, view);
  }
  const opened = { name: file.name, metadata: new Map<string, string>(), tensors, bytes };
  return {
    ...opened,
    read: (name) => readFloats(opened, name),
    groups: (name) => groupsOf(file, found(name)),
  };
}

function groupsOf(file: Gguf, view: View): TensorGroups | undefined {
  const { tensor, isGain, isTransposed } = view;
  const { type, shape } = tensor;
  const format = formatOfGgml(type);
  if (!format || shape.length !== 2 || isGain || isTransposed) return undefined;
  const toGroups = format.ggml[type];
  async function* rows(): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const piece of ordered(file, view)) yield toGroups(piece);
  }
  return { format, rows };
}

/** Description of how one tensor is converted to Hugging Face's form. */
interface View {
  readonly tensor: GgufTensor;
  readonly dtype: FloatDtype;
  readonly shape: readonly number[];
  /** Width of a head, if rows that rotate together are reordered; otherwise absent. */
  readonly headDim?: number;
  /** Whether the tensor is the gain of a norm from which 1 is subtracted. */
  readonly isGain: boolean;
  readonly isTransposed: boolean;
}

function viewOf(
  tensor: GgufTensor,
  { hasPairedHeads = false, hasWholeGains = false, isTransposed = false }: Architecture,
  headDim: number,
): View {
  const { name, type, shape } = tensor;
  const isGain = hasWholeGains && /_norm\.weight$/.test(name);
  const isMatrix = isTransposed && /^blk\..*\.weight$/.test(name) && shape.length === 2;
  const isPaired = hasPairedHeads && /\.attn_[qk]\.(weight|bias)$/.test(name);
  if (isPaired && (shape[0] % headDim !== 0 || (shape.length === 1 && isBlockType(type)))) {
    throw new RangeError(
      `expected the rows of heads of ${headDim}, got ${type} of shape [${shape.join()}]`,
    );
  }
  return {
    tensor,
    dtype: isGain || isBlockType(type) ? 'F32' : type,
    shape: isMatrix ? [...shape].reverse() : shape,
    ...(isPaired && { headDim }),
    isGain,
    isTransposed: isMatrix,
  };
}

/** Yields the bytes of a tensor in its stored type, with pairs of rows reordered. */
async function* ordered(
  file: Gguf,
  { tensor, headDim }: View,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { type, shape, name } = tensor;
  // `rows` reads a bias as one row; for heads, each of its entries is a row.
  const isVector = shape.length === 1;
  const row = isVector ? TENSOR_TYPES[type].blockBytes : rowBytes(type, shape[shape.length - 1]);
  for await (const piece of file.rows(name, isVector ? 1 : headDim)) {
    yield headDim === undefined ? piece : partPairs(piece, { rowBytes: row, headDim });
  }
}

/** Yields the bytes of a tensor as floats, with pairs of rows reordered. */
async function* pieces(file: Gguf, view: View): AsyncGenerator<Uint8Array, void, undefined> {
  const { tensor, dtype, isGain } = view;
  const { type } = tensor;
  const { blockValues, blockBytes } = TENSOR_TYPES[type];
  const memories: Float32Array[] = [];
  let turn = 0;
  for await (const piece of ordered(file, view)) {
    if (dtype === type && !isGain) {
      yield piece;
      continue;
    }
    const count = (piece.length / blockBytes) * blockValues;
    memories[turn] ??= new Float32Array(count);
    const values = memories[turn].subarray(0, count);
    turn = 1 - turn;
    decodeBlocks(type, piece, values);
    if (isGain) values.forEach((value, i) => (values[i] = value - 1));
    yield bytesOf(values);
  }
}

/** Yields the bytes of the transposed matrix. It takes the memory of two matrices. */
async function* transposed(file: Gguf, view: View): AsyncGenerator<Uint8Array, void, undefined> {
  const { dtype, shape } = view;
  const { encode, decode } = FLOAT_CODECS[dtype];
  const [rows, columns] = shape;
  const turned = new Float32Array(rows * columns);
  let at = 0; // of the stored matrix, [columns, rows]
  for await (const piece of pieces(file, view)) {
    for (const value of decode(piece)) {
      turned[(at % rows) * columns + Math.floor(at / rows)] = value;
      at++;
    }
  }
  yield encode(turned, true);
}

/** Layout of the rows of queries or keys. */
interface HeadRows {
  /** Size of a row in bytes. */
  readonly rowBytes: number;
  /** Number of rows of a head. */
  readonly headDim: number;
}

/**
 * Moves the rows of whole heads from llama.cpp's order to Hugging Face's. Two rows that rotate together are
 * adjacent in a GGUF file, and half a head apart in Hugging Face's files.
 *
 * @returns new bytes.
 */
function partPairs(bytes: Uint8Array, { rowBytes, headDim }: HeadRows): Uint8Array {
  return moveRows(bytes, rowBytes, headDim, (row) => (row >>> 1) + (row & 1) * (headDim / 2));
}

/**
 * Moves the rows of whole heads from Hugging Face's order to llama.cpp's.
 *
 * @returns new bytes.
 */
export function joinPairs(bytes: Uint8Array, { rowBytes, headDim }: HeadRows): Uint8Array {
  const half = headDim / 2;
  return moveRows(bytes, rowBytes, headDim, (row) => (row < half ? 2 * row : 2 * (row - half) + 1));
}

function moveRows(
  bytes: Uint8Array,
  rowBytes: number,
  headDim: number,
  placeOf: (row: number) => number,
): Uint8Array {
  const moved = new Uint8Array(bytes.length);
  const headBytes = headDim * rowBytes;
  for (let head = 0; head < bytes.length; head += headBytes) {
    for (let row = 0; row < headDim; row++) {
      const from = head + row * rowBytes;
      moved.set(bytes.subarray(from, from + rowBytes), head + placeOf(row) * rowBytes);
    }
  }
  return moved;
}
