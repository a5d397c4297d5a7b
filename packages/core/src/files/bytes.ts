/** Random access to bytes that need not fit in memory: a file, a blob, an array. */
export interface ByteSource {
  /** For error messages, usually a file name. */
  readonly name: string;
  readonly sizeBytes: number;
  /**
   * @returns exactly `lengthBytes` bytes from `offset`, the caller's own.
   * @throws RangeError when they do not all exist.
   */
  read(offset: number, lengthBytes: number): Promise<Uint8Array>;
}

/** Takes bytes in order. */
export interface ByteSink {
  /** Resolves when `bytes` may be reused by the caller. */
  write(bytes: Uint8Array): Promise<void>;
}
