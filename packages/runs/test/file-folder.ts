import { memoryBytes } from '@ramble/core/files';
import { writtenBytes } from '@ramble/node/testing';

import { type EncodedTensor, writeTensors } from '../src/safetensors/write-safetensors.js';

import type { FolderReader } from '../src/hugging-face/open-shards.js';

export interface FileFolder extends FolderReader {
  /** Number of open files. */
  openFiles(): number;
}

/** Returns a folder in memory, named FOLDER, with the given files by name. */
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

/** Returns the bytes of a safetensors file with the given tensors. */
export function safetensorsBytes(tensors: readonly EncodedTensor[]): Promise<Uint8Array> {
  return writtenBytes((sink) => writeTensors(sink, tensors));
}
