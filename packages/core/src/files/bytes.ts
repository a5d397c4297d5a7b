/** Random access to bytes that need not fit in memory, such as a file, a blob or an array. */
export interface ByteSource {
  /** Name for error messages, usually a file name. */
  readonly name: string;
  readonly sizeBytes: number;
  /**
   * Reads bytes at an offset.
   *
   * @param memory - Memory of the caller, at least `lengthBytes` long, which may be used for the result. With
   *   it, a long file is read without allocating for each part.
   * @returns exactly `lengthBytes` bytes from `offset`; the caller owns them.
   * @throws RangeError if the range exceeds the source.
   */
  read(offset: number, lengthBytes: number, memory?: Uint8Array): Promise<Uint8Array>;
}

/** A receiver of bytes in order. */
export interface ByteSink {
  /** Writes bytes; resolves when the caller may reuse them. */
  write(bytes: Uint8Array): Promise<void>;
}

/** A clock. Packages receive it as an argument instead of reading one; `performance` and `Date` are clocks. */
export interface Clock {
  /** Returns the number of milliseconds since a fixed moment. */
  now(): number;
}

/** Formats a number of things: `1 step`, `2,000 steps`. */
export function counted(count: number, thing: string): string {
  return count === 1 ? `1 ${thing}` : `${count.toLocaleString('en-US')} ${thing}s`;
}

/** A data file, read once from its beginning. */
export interface DataFile {
  /** Name of the file, for error messages. */
  readonly name: string;
  readonly sizeBytes?: number;
  /** Extension of the content, if it differs from the name's: `.txt` for `book.txt.gz`. */
  readonly extension?: string;
  /** The word for a line in errors: `row` in a table, `line` by default. */
  readonly unit?: 'line' | 'row' | 'paragraph';
  /**
   * Kind of the examples in a file of lines of JSON; absent if its objects have texts in named fields (`DataFields`).
   */
  readonly holds?: 'conversations' | 'choices';
  chunks(): AsyncIterable<Uint8Array>;
}

/** A `ByteSource` over an array in memory. */
export function memoryBytes(name: string, bytes: Uint8Array): ByteSource {
  return {
    name,
    sizeBytes: bytes.length,
    read: (offset, lengthBytes) =>
      offset >= 0 && offset + lengthBytes <= bytes.length
        ? Promise.resolve(bytes.slice(offset, offset + lengthBytes))
        : Promise.reject(
            new RangeError(
              `${name}: expected ${lengthBytes} bytes at ${offset}, got a file of ${bytes.length}`,
            ),
          ),
  };
}

/** A long sequence of token ids that need not fit in memory. */
export interface TokenSource {
  /** Number of tokens. */
  readonly length: number;
  /**
   * Reads consecutive ids.
   *
   * @returns the ids `[start, start + count)`.
   * @throws RangeError if the range exceeds the source.
   */
  read(start: number, count: number): Promise<Int32Array>;
}

/** A `TokenSource` over ids in memory. */
export function memoryTokens(tokens: ArrayLike<number>): TokenSource {
  const ids = Int32Array.from(tokens);
  return {
    length: ids.length,
    read: (start, count) =>
      start >= 0 && start + count <= ids.length
        ? Promise.resolve(ids.subarray(start, start + count))
        : Promise.reject(
            new RangeError(
              `tokens: expected ${count} from position ${start}, got a source of ${ids.length} tokens`,
            ),
          ),
  };
}

/** Returns the extension of a file's name, in lower case with its dot; empty if the name has no extension. */
export function fileExtension({ name, extension }: Pick<DataFile, 'name' | 'extension'>): string {
  return extension ?? /\.[^./\\]+$/.exec(name)?.[0].toLowerCase() ?? '';
}
