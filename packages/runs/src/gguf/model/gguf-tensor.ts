import { sizeOf } from '@ramble/core/engine';
import { named } from '@ramble/core/files';

import { FLOAT_CODECS } from '../../safetensors/float-codecs.js';
import { wholeRows } from '../../safetensors/open-safetensors.js';
import type { EncodedTensor } from '../../safetensors/write-safetensors.js';

import type { GgufTensorToWrite } from '../format/write-gguf.js';
import { TENSOR_TYPES } from '../format/tensor-types.js';
import { encodeBlocks, type WrittenType } from '../quantization/blocks.js';
import { type Architecture, toGgufName } from './architectures.js';
import { joinPairs } from './hugging-face-tensors.js';

/** Options for converting a Hugging Face tensor to a tensor of a GGUF file. */
export interface TensorOptions {
  /** Type of the matrices. */
  readonly type: WrittenType;
  /** Width of an attention head. */
  readonly headDim: number;
}

/**
 * Converts a tensor of Hugging Face to llama.cpp's: its name, its order of rows, and gains that include the
 * 1.
 *
 * @throws RangeError if the architecture has no such tensor; TypeError if its entries are not floats.
 */
export function ggufTensor(
  tensor: EncodedTensor,
  architecture: Architecture,
  { type, headDim }: TensorOptions,
): GgufTensorToWrite {
  const { hasPairedHeads = false, hasWholeGains = false, isTransposed = false } = architecture;
  const name = toGgufName(architecture, tensor.name);
  const { dtype } = tensor;
  if (dtype !== 'F32' && dtype !== 'F16' && dtype !== 'BF16') {
    throw new TypeError(`${tensor.name}: expected F32, F16 or BF16, got ${dtype}`);
  }
  const isTurned = isTransposed && /^blk\..*\.weight$/.test(name) && tensor.shape.length === 2;
  const shape = isTurned ? [...tensor.shape].reverse() : tensor.shape;
  const isPaired = hasPairedHeads && /\.attn_[qk]\.(weight|bias)$/.test(name);
  const isGain = hasWholeGains && name.endsWith('_norm.weight');
  const width = shape.length === 1 ? 1 : shape[shape.length - 1];
  const written = typeFor(name, shape, type);

  async function* bytes(): AsyncGenerator<Uint8Array, void, undefined> {
    const { decode } = FLOAT_CODECS[dtype as 'F32']; // one of three, as above
    const unit = isTurned ? sizeOf(shape) : isPaired ? headDim * width : width;
    const unitBytes = unit * (dtype === 'F32' ? 4 : 2);
    for await (const piece of wholeRows(tensor.bytes(), unitBytes, sizeOf(shape) / unit)) {
      let values = decode(piece);
      if (isTurned) values = turned(values, shape);
      if (isGain) values = values.map((value) => value + 1);
      if (isPaired) {
        const rows = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
        values = FLOAT_CODECS.F32.decode(joinPairs(rows, { rowBytes: 4 * width, headDim }));
      }
      yield named(name, () => encodeBlocks(written, values));
    }
  }
  return { name, type: written, shape, bytes };
}

/**
 * Returns the type of a tensor in the file. Vectors and positions stay in F32, as in llama.cpp's own files; rows that
 * are not a whole number of blocks are F16.
 */
function typeFor(name: string, shape: readonly number[], type: WrittenType): WrittenType {
  if (shape.length === 1 || name === 'position_embd.weight') return 'F32';
  const isWhole = shape[shape.length - 1] % TENSOR_TYPES[type].blockValues === 0;
  return isWhole ? type : 'F16';
}

/** Returns the transposed matrix. */
function turned(values: Float32Array, [rows, columns]: readonly number[]): Float32Array {
  const result = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      result[row * columns + column] = values[column * rows + row];
    }
  }
  return result;
}
