import { named, shownText, shownValue } from '@ramble/core/files';

/** Size of an entry of each data type in bytes. */
export const DTYPE_BYTES = {
  ...{ BOOL: 1, U8: 1, I8: 1, F8_E4M3: 1, F8_E5M2: 1 },
  ...{ U16: 2, I16: 2, F16: 2, BF16: 2, U32: 4, I32: 4, F32: 4, U64: 8, I64: 8, F64: 8 },
} as const;

/** Maximum number of characters of a tensor's name. */
const MAX_NAME = 1000;
/** Maximum number of axes of a tensor, NumPy's limit. */
const MAX_AXES = 64;

export type Dtype = keyof typeof DTYPE_BYTES;

/** Type, shape and position of a tensor in a safetensors file. */
export interface TensorEntry {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /**
   * Offset of the tensor's first byte, counted from the end of the header. `end` is the offset after its last byte.
   */
  readonly start: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  readonly metadata: ReadonlyMap<string, string>;
  /** The tensors, in the order of their bytes. */
  readonly tensors: readonly TensorEntry[];
}

/**
 * Reads and checks a header. It is stricter than the official reader where that one departs from the specification:
 * the header must begin with `{`, keys may not repeat, an entry is an object.
 *
 * @param dataBytes - Number of bytes that follow the header.
 * @throws TypeError or RangeError that names the tensor.
 * @see https://huggingface.co/docs/safetensors
 */
export function parseSafetensorsHeader(text: string, dataBytes: number): SafetensorsHeader {
  if (!text.startsWith('{')) throw new TypeError('expected a header that begins with {');
  const json = new JsonCursor(text);
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

/**
 * Checks the length of a tensor's name, and returns the name.
 *
 * @throws RangeError for a name that is too long for error messages.
 */
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

/** Returns the number of entries of a shape. Unlike `sizeOf`, it reports an overflow even if a later length is 0. */
function countEntries(shape: readonly number[]): number {
  return shape.reduce((count, length) => {
    if (!Number.isSafeInteger(count * length)) {
      throw new RangeError(`expected a shape of fewer than 2^53 entries, got [${shape.join()}]`);
    }
    return count * length;
  }, 1);
}

/** Checks that the tensors cover the data exactly, without gaps or overlaps. */
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

/**
 * Maximum number of keys of an object in a header. The largest published models have some thousands of tensors a
 * file.
 */
const MAX_KEYS = 100_000;

/**
 * Reads JSON front to back, for untrusted headers: repeated keys, numbers that are not plain integers and
 * broken characters are errors. `JSON.parse` would keep the last key, round the number or accept the
 * character. The caller requests the values that it expects, so nesting needs no recursion. Each method
 * throws a TypeError that names the place.
 */
class JsonCursor {
  private at = 0;

  constructor(private readonly text: string) {}

  /**
   * Reads an object, key by key.
   *
   * @param readValue - Reads the value of a key.
   */
  object(readValue: (key: string) => void): void {
    const keys = new Set<string>();
    this.list('{', '}', () => {
      const key = this.string();
      if (keys.size === MAX_KEYS) this.fail(`at most ${MAX_KEYS} keys`);
      if (keys.has(key)) this.fail(`a key that differs from the earlier ${shownValue(key)}`);
      keys.add(key);
      if (!this.take(':')) this.fail(':');
      readValue(key);
    });
  }

  array<T>(readItem: () => T): T[] {
    const items: T[] = [];
    this.list('[', ']', () => items.push(readItem()));
    return items;
  }

  string(): string {
    if (!this.take('"')) this.fail('a string');
    const { text, at } = this;
    let end = at;
    while (end < text.length && text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
    const value = parseString(text.slice(at - 1, end + 1));
    if (value === undefined) return this.fail('a string');
    this.at = end + 1;
    return value;
  }

  /** Reads an integer from 0 to 2^53 - 1, written in digits only. */
  integer(): number {
    this.skipSpace();
    // 16 digits suffice for every safe integer; a longer number fails at its 17th.
    const digits = /0|[1-9]\d{0,15}/y;
    digits.lastIndex = this.at;
    const value = Number(digits.exec(this.text)?.[0]);
    if (!Number.isSafeInteger(value)) this.fail('an integer below 2^53');
    this.at = digits.lastIndex;
    return value;
  }

  /** Checks that only white space follows. */
  end(): void {
    this.skipSpace();
    if (this.at < this.text.length) this.fail('nothing more');
  }

  private fail(expected: string): never {
    const rest = this.text.slice(this.at, this.at + 12);
    const got = rest === '' ? 'its end' : shownValue(rest);
    throw new TypeError(`expected ${expected} at character ${this.at} of the header, got ${got}`);
  }

  private skipSpace(): void {
    while (this.at < this.text.length && ' \t\n\r'.includes(this.text[this.at])) this.at++;
  }

  /** Moves over `character` if it comes next. */
  private take(character: string): boolean {
    this.skipSpace();
    if (this.text[this.at] !== character) return false;
    this.at++;
    return true;
  }

  private list(open: string, close: string, readItem: () => void): void {
    if (!this.take(open)) this.fail(open);
    if (this.take(close)) return;
    do readItem();
    while (this.take(','));
    if (!this.take(close)) this.fail(`, or ${close}`);
  }
}

/**
 * Parses a JSON string literal.
 *
 * @returns `undefined` if it is not a JSON string, or contains an unpaired surrogate.
 */
function parseString(literal: string): string | undefined {
  try {
    const value = JSON.parse(literal) as string; // it begins with a quotation mark
    return /\p{Surrogate}/u.test(value) ? undefined : value;
  } catch {
    return undefined;
  }
}
