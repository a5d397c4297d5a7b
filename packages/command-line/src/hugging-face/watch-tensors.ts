import type { Safetensors } from '@ramble/runs/safetensors';

export interface WatchTensors {
  readonly signal: AbortSignal;
  readonly onProgress: (share: number) => void;
}

/** A view of the tensors whose reading reports its progress and can be stopped. */
export function watchTensors(file: Safetensors, { signal, onProgress }: WatchTensors): Safetensors {
  const entries = [...file.tensors.values()];
  const total = entries.reduce((sum, { start, end }) => sum + end - start, 0);
  let done = 0;
  async function* bytes(name: string): ReturnType<Safetensors['bytes']> {
    for await (const piece of file.bytes(name)) {
      signal.throwIfAborted();
      yield piece;
      done += piece.length;
      onProgress(done / total);
    }
  }
  return { ...file, bytes };
}
