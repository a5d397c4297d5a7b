import type { FolderReader } from '../src/checkpoint/gpt2/open-shards.js';
import { type EncodedTensor, writeTensors } from '../src/checkpoint/safetensors/write-tensors.js';
import { memoryBytes } from '../src/files/memory-bytes.js';

export interface FileFolder extends FolderReader {
  /** Files that are open at the moment. */
  openFiles(): number;
}

/** A folder in memory, named FOLDER. */
export function fileFolder(files: Readonly<Record<string, string | Uint8Array>>): FileFolder {
  let open = 0;
  return {
    name: 'FOLDER',
    list: () => Promise.resolve(Object.keys(files)),
    open: (name) => {
      if (!Object.hasOwn(files, name)) return Promise.reject(new Error(`FOLDER/${name}: none`));
      const content = files[name];
      const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
      open++;
      return Promise.resolve({
        ...memoryBytes(`FOLDER/${name}`, bytes),
        close: () => {
          open--;
          return Promise.resolve();
        },
      });
    },
    openFiles: () => open,
  };
}

/** The bytes of a safetensors file. */
export async function safetensorsBytes(tensors: readonly EncodedTensor[]): Promise<Uint8Array> {
  const pieces: Buffer[] = [];
  const write = (bytes: Uint8Array): Promise<void> => {
    pieces.push(Buffer.from(bytes));
    return Promise.resolve();
  };
  await writeTensors({ write }, tensors);
  return Uint8Array.from(Buffer.concat(pieces));
}
