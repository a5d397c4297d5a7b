import { type ByteSink, sizeOf } from '@ramble/core';
import { named } from '@ramble/core/files';

import { FLOAT_CODECS, type FloatDtype } from './float-codecs.js';
import { writeTensors } from './write-tensors.js';

/** 4 MB in 32 bits. */
const PIECE_VALUES = 2 ** 20;

/** A tensor to write; its values are asked for when their turn comes. */
export interface TensorToWrite {
  readonly name: string;
  readonly shape: readonly number[];
  /** The values, row-major. */
  readonly values: () => Float32Array | Promise<Float32Array>;
}

export interface WriteOptions {
  /** The type of every tensor in the file; 16-bit types round. */
  readonly dtype?: FloatDtype;
  /** Metadata for readers of the file: Hugging Face requires `{ format: 'pt' }`. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * Writes a safetensors file of floats, a tensor after the other in the order given.
 *
 * @throws RangeError when a name comes twice, values do not fill their shape, or F16 cannot hold one.
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
