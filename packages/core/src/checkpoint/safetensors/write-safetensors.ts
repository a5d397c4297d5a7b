import type { ByteSink } from '../../files/bytes.js';
import { sizeOf } from '../../parameters/parameter-specs.js';
import { FLOAT_CODECS, type FloatDtype } from './float-codecs.js';

/** 4 MB in 32 bits. */
const PIECE_VALUES = 2 ** 20;

/** A tensor to write; its values are asked for when their turn comes. */
export interface TensorToWrite {
  readonly name: string;
  readonly shape: readonly number[];
  /** Row-major. */
  readonly values: () => Float32Array;
}

export interface WriteOptions {
  /** The type of every tensor in the file; 16-bit types round. */
  readonly dtype?: FloatDtype;
  /** For whoever reads the file: Hugging Face wants `{ format: 'pt' }`. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * Writes a safetensors file, a tensor after the other in the order given.
 *
 * @throws RangeError when a name comes twice or values do not fill their shape.
 * @see https://huggingface.co/docs/safetensors
 */
export async function writeSafetensors(
  sink: ByteSink,
  tensors: readonly TensorToWrite[],
  { dtype = 'F32', metadata = {} }: WriteOptions = {},
): Promise<void> {
  await sink.write(encodeHeader(tensors, dtype, metadata));
  const { encode } = FLOAT_CODECS[dtype];
  for (const { name, shape, values } of tensors) {
    const array = values();
    if (array.length !== sizeOf(shape)) {
      throw new RangeError(
        `${name}: expected ${sizeOf(shape)} values for shape [${shape.join()}], got ${array.length}`,
      );
    }
    for (let at = 0; at < array.length; at += PIECE_VALUES) {
      await sink.write(encode(array.subarray(at, at + PIECE_VALUES)));
    }
  }
}

/** The length of the header in 8 bytes, then the header, filled with spaces to a multiple of 8. */
function encodeHeader(
  tensors: readonly TensorToWrite[],
  dtype: FloatDtype,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  // Not through an object, in which a tensor's name could be `__proto__`.
  const entries = new Map<string, unknown>([['__metadata__', metadata]]);
  let end = 0;
  for (const { name, shape } of tensors) {
    if (entries.has(name))
      throw new RangeError(`${name}: expected a name of its own, got it twice`);
    const start = end;
    end += sizeOf(shape) * FLOAT_CODECS[dtype].sizeBytes;
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
