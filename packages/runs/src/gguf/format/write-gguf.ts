import { sizeOf } from '@ramble/core/engine';
import type { ByteSink } from '@ramble/core/files';

import { ALIGNMENT, MAGIC, padded } from './open-gguf.js';
import {
  ACCESSORS,
  type Scalar,
  SCALAR_BYTES,
  type ScalarType,
  type TypedValue,
  VALUE_TYPES,
} from './metadata.js';
import { rowBytes, TENSOR_TYPES, type TensorType } from './tensor-types.js';

/** A tensor to write. Its bytes are requested only when they are written. */
export interface GgufTensorToWrite {
  readonly name: string;
  readonly type: TensorType;
  /** Lengths of the axes, row-major. */
  readonly shape: readonly number[];
  /**
   * Returns the tensor's blocks, row-major, in pieces of any length. A piece need only stay valid until the next one
   * is requested.
   */
  readonly bytes: () => Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

/**
 * Writes a GGUF file of version 3. Only its header and one piece of a tensor are in memory at a time.
 *
 * @throws RangeError if a name occurs twice or the bytes do not fill the shape.
 */
export async function writeGguf(
  sink: ByteSink,
  metadata: ReadonlyMap<string, TypedValue>,
  tensors: readonly GgufTensorToWrite[],
): Promise<void> {
  await sink.write(encodeHeader(metadata, tensors));
  for (const tensor of tensors) {
    let written = 0;
    for await (const piece of tensor.bytes()) {
      await sink.write(piece);
      written += piece.length;
    }
    if (written !== sizeBytesOf(tensor)) {
      const { name, type, shape } = tensor;
      throw new RangeError(
        `${name}: expected ${sizeBytesOf(tensor)} bytes for ${type} of shape [${shape.join()}], got ${written}`,
      );
    }
    await sink.write(new Uint8Array(padded(written, ALIGNMENT) - written));
  }
}

function encodeHeader(
  metadata: ReadonlyMap<string, TypedValue>,
  tensors: readonly GgufTensorToWrite[],
): Uint8Array {
  const header = growingBytes();
  const { scalar } = header;
  const type = (value: TypedValue['type']): void => scalar('uint32', VALUE_TYPES.indexOf(value));
  header.text(MAGIC);
  scalar('uint32', 3);
  scalar('uint64', tensors.length);
  scalar('uint64', metadata.size);
  for (const [key, value] of metadata) {
    scalar('string', key);
    type(value.type);
    if (value.type === 'array') {
      type(value.of);
      scalar('uint64', value.values.length);
      for (const entry of value.values) scalar(value.of, entry);
    } else {
      scalar(value.type, value.value);
    }
  }
  const names = new Set<string>();
  let offset = 0;
  for (const tensor of tensors) {
    const { name, shape } = tensor;
    if (names.has(name)) {
      throw new RangeError(`${name}: expected names of tensors that differ, got this one twice`);
    }
    names.add(name);
    scalar('string', name);
    scalar('uint32', shape.length);
    for (const length of [...shape].reverse()) scalar('uint64', length);
    scalar('uint32', TENSOR_TYPES[tensor.type].id);
    scalar('uint64', offset);
    offset += padded(sizeBytesOf(tensor), ALIGNMENT);
  }
  return header.padded();
}

interface GrowingBytes {
  readonly scalar: (type: ScalarType, value: Scalar) => void;
  /** Appends the bytes of a text without its length. */
  readonly text: (value: string) => void;
  /** Returns all bytes, padded with zeros to the alignment. */
  readonly padded: () => Uint8Array;
}

function growingBytes(): GrowingBytes {
  const encoder = new TextEncoder();
  let bytes = new Uint8Array(2 ** 16);
  let view = new DataView(bytes.buffer);
  let length = 0;
  /** Reserves bytes and returns their offset. */
  const add = (count: number): number => {
    if (length + count > bytes.length) {
      const grown = new Uint8Array(2 * (length + count));
      grown.set(bytes);
      bytes = grown;
      view = new DataView(bytes.buffer);
    }
    length += count;
    return length - count;
  };
  const text = (value: string): void => {
    const encoded = encoder.encode(value);
    const at = add(encoded.length);
    bytes.set(encoded, at);
  };
  return {
    text,
    scalar: (type, value) => {
      if (type === 'string') {
        const lengthAt = add(SCALAR_BYTES.string);
        text(String(value));
        view.setBigUint64(lengthAt, BigInt(length - lengthAt - SCALAR_BYTES.string), true);
      } else {
        const at = add(SCALAR_BYTES[type]);
        if (type === 'uint64' || type === 'int64') {
          view[ACCESSORS[type][1]](at, BigInt(value), true);
        } else view[ACCESSORS[type][1]](at, Number(value), true);
      }
    },
    padded: () => {
      add(padded(length, ALIGNMENT) - length);
      return bytes.subarray(0, length);
    },
  };
}

function sizeBytesOf({ type, shape }: GgufTensorToWrite): number {
  const width = shape[shape.length - 1];
  return sizeOf(shape.slice(0, -1)) * rowBytes(type, width);
}
