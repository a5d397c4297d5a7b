import { sizeOf } from '@ramble/core/engine';
import { type ByteSink, named } from '@ramble/core/files';

import { FLOAT_CODECS, type FloatDtype, floatDtype, floatPieces } from './float-codecs.js';
import type { Safetensors } from './open-safetensors.js';
import { type Dtype, DTYPE_BYTES } from './safetensors-header.js';

/** Number of values per piece: 4 MB in 32 bits. */
const PIECE_VALUES = 2 ** 20;

/** A tensor to write. Its values are requested only when they are written. */
export interface TensorToWrite {
  readonly name: string;
  readonly shape: readonly number[];
  /** The values, row-major. */
  readonly values: () => Float32Array | Promise<Float32Array>;
}

export interface WriteOptions {
  /** The data type of all tensors in the file, `F32` by default. 16-bit types round. */
  readonly dtype?: FloatDtype;
  /** Metadata for readers of the file: Hugging Face requires `{ format: 'pt' }`. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * Writes a safetensors file of floats, one tensor after another in the given order.
 *
 * @throws RangeError if a name occurs twice, values do not fill their shape, or one is outside the range of
 *   F16.
 */
export async function writeSafetensors(
  sink: ByteSink,
  tensors: readonly TensorToWrite[],
  { dtype = 'F32', metadata }: WriteOptions = {},
): Promise<void> {
  const encoded = tensors.map((tensor) => {
    const { name, shape } = tensor;
    return { name, dtype, shape, bytes: () => encodePieces(tensor, dtype) };
  });
  await writeTensors(sink, encoded, metadata);
}

async function* encodePieces(
  { name, shape, values }: TensorToWrite,
  dtype: FloatDtype,
): AsyncGenerator<Uint8Array> {
  const array = await values();
  if (array.length !== sizeOf(shape)) {
    throw new RangeError(
      `${name}: expected ${sizeOf(shape)} values for shape [${shape.join()}], got ${array.length}`,
    );
  }
  for (let at = 0; at < array.length; at += PIECE_VALUES) {
    const piece = array.subarray(at, at + PIECE_VALUES);
    yield named(name, () => FLOAT_CODECS[dtype].encode(piece));
  }
}

/**
 * A tensor whose values are already encoded as in a safetensors file. Its bytes are requested only when they are
 * written.
 */
export interface EncodedTensor {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /**
   * Returns the tensor's bytes, row-major and little-endian, in pieces of any length. A piece must stay valid while
   * the next one is requested, and no longer.
   */
  readonly bytes: () => Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

/**
 * Writes a safetensors file of tensors of any types, one after another in the given order. Memory use is one
 * piece.
 *
 * @param metadata - Metadata for readers of the file: Hugging Face requires `{ format: 'pt' }`.
 * @throws RangeError if a name occurs twice or the bytes do not fill the shape.
 * @see https://huggingface.co/docs/safetensors
 */
export async function writeTensors(
  sink: ByteSink,
  tensors: readonly EncodedTensor[],
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  let writing = sink.write(encodeHeader(tensors, metadata));
  for (const tensor of tensors) {
    let written = 0;
    for await (const piece of tensor.bytes()) {
      await writing;
      writing = sink.write(piece); // while the next is made
      writing.catch(() => undefined); // its error is reported when it is awaited
      written += piece.length;
    }
    await writing;
    if (written !== sizeBytesOf(tensor)) {
      const { name, dtype, shape } = tensor;
      throw new RangeError(
        `${name}: expected ${sizeBytesOf(tensor)} bytes for ${dtype} of shape [${shape.join()}], got ${written}`,
      );
    }
  }
}

/** Returns the length of the header in 8 bytes, then the header, padded with spaces to a multiple of 8. */
function encodeHeader(
  tensors: readonly EncodedTensor[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  // Does not use an object, because a tensor's name could be `__proto__`.
  const entries = new Map<string, unknown>([['__metadata__', metadata]]);
  let end = 0;
  for (const tensor of tensors) {
    const { name, dtype, shape } = tensor;
    if (entries.has(name))
      throw new RangeError(`${name}: expected distinct tensor names, got this one twice`);
    const start = end;
    end += sizeBytesOf(tensor);
    entries.set(name, { dtype, shape, data_offsets: [start, end] });
  }
  if (Object.keys(metadata).length === 0) entries.delete('__metadata__');
  const fields = [...entries].map(
    ([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`,
  );
  const json = new TextEncoder().encode(`{${fields.join()}}`);
  const length = 8 * Math.ceil(json.length / 8);
  const bytes = new Uint8Array(8 + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(json, 8);
  return bytes;
}

function sizeBytesOf({ dtype, shape }: EncodedTensor): number {
  return sizeOf(shape) * DTYPE_BYTES[dtype];
}

/**
 * Returns a tensor of a file, to be written as floats of type `dtype`. A tensor that already has this type is copied.
 * Others are converted, with rounding, a few megabytes at a time.
 *
 * @param as - Name of the tensor in the new file.
 * @throws RangeError if the file has no such tensor, or, when it is written, for a number that would become infinite;
 *   TypeError if its numbers are not 16- or 32-bit floats.
 */
export function convertTensor(
  file: Safetensors,
  name: string,
  dtype: FloatDtype,
  as = name,
): EncodedTensor {
  const isSame = floatDtype(file, name) === dtype;
  const shape = file.tensors.get(name)?.shape ?? []; // exists, because `floatDtype` found it
  return { name: as, dtype, shape, bytes: isSame ? () => file.bytes(name) : converted };

  async function* converted(): AsyncGenerator<Uint8Array> {
    for await (const values of floatPieces(file, name)) {
      yield named(`${file.name}: ${name}`, () => FLOAT_CODECS[dtype].encode(values, true));
    }
  }
}
