/** Random access to bytes that need not fit in memory: a file, a blob, an array. */
export interface ByteSource {
  /** Name for error messages, usually a file name. */
  readonly name: string;
  readonly sizeBytes: number;
  /**
   * Reads bytes at an offset.
   *
   * @param memory - At least so many bytes of the caller's, which may be used for them; so a long
   *   file is read without new memory for each part.
   * @returns exactly `lengthBytes` bytes from `offset`, the caller's own.
   * @throws RangeError when they do not all exist.
   */
  read(offset: number, lengthBytes: number, memory?: Uint8Array): Promise<Uint8Array>;
}

/** Takes bytes in order. */
export interface ByteSink {
  /** Resolves when `bytes` may be reused by the caller. */
  write(bytes: Uint8Array): Promise<void>;
}
