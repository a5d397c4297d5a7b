import type { DataFile, ReadingOptions } from '@ramble/core';

export interface WatchOptions extends ReadingOptions {
  /** Signal that ends reading with its reason. */
  readonly signal?: AbortSignal;
  /** Called with the fraction of all bytes that were read so far, 0 to 1. */
  readonly onProgress?: (share: number) => void;
}

/** Returns copies of files whose reading reports its progress and stops when the signal is aborted. */
export function watchFiles(
  files: readonly DataFile[],
  { signal, onProgress }: WatchOptions,
): DataFile[] {
  const totalBytes = files.reduce((sum, { sizeBytes = 0 }) => sum + sizeBytes, 0);
  let doneBytes = 0;
  return files.map((file) => ({
    ...file,
    chunks: async function* () {
      for await (const chunk of file.chunks()) {
        signal?.throwIfAborted();
        doneBytes += chunk.length;
        if (totalBytes > 0) onProgress?.(Math.min(1, doneBytes / totalBytes));
        yield chunk;
      }
    },
  }));
}
