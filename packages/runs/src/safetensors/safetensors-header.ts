import { named, shownText, shownValue } from '@ramble/core/files';

import { jsonCursor, type JsonCursor } from './json-cursor.js';

/** Bytes of an entry of each data type. */
export const DTYPE_BYTES = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  U16: 2,
  I16: 2,
  F16: 2,
  BF16: 2,
  U32: 4,
  I32: 4,
  F32: 4,
  U64: 8,
  I64: 8,
  F64: 8,
} as const;

/** Characters of a tensor's name. */
const MAX_NAME = 1000;
/** Axes of a tensor; NumPy's limit. */
const MAX_AXES = 64;

export type Dtype = keyof typeof DTYPE_BYTES;

/** The position of a tensor in its file. */
export interface TensorEntry {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** Bytes of the tensor, `[start, end)`, counted from the end of the header. */
  readonly start: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  readonly metadata: ReadonlyMap<string, string>;
  /** The tensors, in the order of their bytes. */
  readonly tensors: readonly TensorEntry[];
}

/**
 * Reads a header and checks all that it promises. Stricter than the official reader where that
 * departs from the specification: the header must begin with `{`, keys may not repeat, an entry is
 * an object.
 *
 * @param dataBytes - Bytes that follow the header.
 * @throws TypeError or RangeError that names the tensor.
 * @see https://huggingface.co/docs/safetensors
 */
export function parseSafetensorsHeader(text: string, dataBytes: number): SafetensorsHeader {
  if (!text.startsWith('{')) throw new TypeError('expected a header that begins with {');
  const json = jsonCursor(text);
  const metadata = new Map<string, string>();
  const tensors: TensorEntry[] = [];
  json.object((name) => {
    if (name === '__metadata__') json.object((key) => metadata.set(key, json.string()));
    else tensors.push(readEntry(json, checkName(name)));
  });
  json.end();
  tensors.sort((a, b) => a.start - b.start || a.end - b.end);
  checkLayout(tensors, dataBytes);
  return { metadata, tensors };
}

/** @throws RangeError for a name that would make every message about it as long. */
function checkName(name: string): string {
  if (name.length <= MAX_NAME) return name;
  throw new RangeError(
    `expected tensor names of at most ${MAX_NAME} characters, got ${shownValue(name)} of ${name.length}`,
  );
}

function readEntry(json: JsonCursor, name: string): TensorEntry {
  let dtype: string | undefined;
  let shape: number[] | undefined;
  let offsets: number[] | undefined;
  return named(shownText(name, MAX_NAME), () => {
    json.object((field) => {
      if (field === 'dtype') dtype = json.string();
      else if (field === 'shape') shape = json.array(() => json.integer());
      else if (field === 'data_offsets') offsets = json.array(() => json.integer());
      else throw new TypeError(`expected dtype, shape and data_offsets, got ${shownText(field)}`);
    });
    if (dtype === undefined || !isDtype(dtype)) {
      throw new TypeError(`expected a known dtype, got ${shownText(dtype ?? 'none')}`);
    }
    if (!shape) throw new TypeError('expected a shape, got none');
    if (shape.length > MAX_AXES) {
      throw new RangeError(`expected a shape of at most ${MAX_AXES} axes, got ${shape.length}`);
    }
    if (offsets?.length !== 2) {
      throw new TypeError(`expected two data_offsets, got ${offsets?.length ?? 0}`);
    }
    const [start, end] = offsets;
    const sizeBytes = countEntries(shape) * DTYPE_BYTES[dtype];
    if (sizeBytes !== end - start) {
      throw new RangeError(
        `expected ${sizeBytes} bytes for ${dtype} of shape [${shape.join()}], got ${end - start}`,
      );
    }
    return { name, dtype, shape, start, end };
  });
}

/** Not `sizeOf`: an overflow must not be hidden by a length of 0. */
function countEntries(shape: readonly number[]): number {
  return shape.reduce((count, length) => {
    if (!Number.isSafeInteger(count * length)) {
      throw new RangeError(`expected a shape of fewer than 2^53 entries, got [${shape.join()}]`);
    }
    return count * length;
  }, 1);
}

/** Tensors must cover the data exactly: no hole, no overlap, nothing before, after or missing. */
function checkLayout(tensors: readonly TensorEntry[], dataBytes: number): void {
  let covered = 0;
  for (const { name, start, end } of tensors) {
    if (start !== covered) {
      throw new RangeError(
        `${shownText(name, MAX_NAME)}: expected to begin at byte ${covered}, got ${start}`,
      );
    }
    covered = end;
  }
  if (covered !== dataBytes) {
    throw new RangeError(`expected ${covered} bytes of tensors, got ${dataBytes}`);
  }
}

function isDtype(dtype: string): dtype is Dtype {
  return Object.hasOwn(DTYPE_BYTES, dtype);
}
