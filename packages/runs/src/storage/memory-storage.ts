import { type ByteSink, memoryBytes } from '@ramble/core/files';

import type { RunStorage } from './run-storage.js';

/**
 * Makes a run in memory, for a page in a browser or a test.
 *
 * @param stored - Initial files by path. For a run that a page has downloaded: `run.json` and the files in
 *   `domain` and `checkpoints`.
 */
export function memoryStorage(
  name = 'memory',
  stored: Readonly<Record<string, Uint8Array>> = {},
): RunStorage {
  const files = new Map(Object.entries(stored));
  const list = (folder: string): string[] => {
    const start = folder === '' ? 0 : folder.length + 1;
    const inside = [...files.keys()].filter((path) => isIn(path, folder));
    const names = new Set(inside.map((path) => path.slice(start).split('/')[0]));
    return [...names].filter((entry) => !entry.startsWith('.')).sort();
  };
  return {
    name,
    list: (folder) => Promise.resolve(list(folder)),
    open: (path) => {
      const bytes = files.get(path);
      if (!bytes) {
        const got = list(path).length > 0 ? 'a folder' : 'nothing at that path';
        return Promise.reject(new Error(`${name}/${path}: expected a file, got ${got}`));
      }
      const source = memoryBytes(`${name}/${path}`, bytes);
      return Promise.resolve({ ...source, close: () => Promise.resolve() });
    },
    writeText: (path, text) => {
      files.set(path, encode(text));
      return Promise.resolve();
    },
    writeFolder: async (path, writers) => {
      if (files.has(path) || list(path).length > 0) {
        throw new Error(`${name}/${path}: expected nothing at that path, got something`);
      }
      const written: [string, Uint8Array][] = [];
      for (const [file, writer] of Object.entries(writers)) {
        written.push([`${path}/${file}`, await bytesOf(writer)]);
      }
      for (const [file, bytes] of written) files.set(file, bytes);
    },
    appendText: (path, text) => {
      files.set(path, join([files.get(path) ?? new Uint8Array(), encode(text)]));
      return Promise.resolve();
    },
    move: (path, to) => {
      const moved = [...files].filter(([file]) => isAt(file, path));
      if (moved.length === 0) {
        const got = 'got nothing at that path';
        return Promise.reject(new Error(`${name}/${path}: expected a file or folder, ${got}`));
      }
      for (const file of [...files.keys()]) if (isIn(file, to)) files.delete(file);
      for (const [file, bytes] of moved) {
        files.delete(file);
        files.set(to + file.slice(path.length), bytes);
      }
      return Promise.resolve();
    },
    remove: (path) => {
      for (const file of [...files.keys()]) if (isAt(file, path)) files.delete(file);
      return Promise.resolve();
    },
  };
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function isIn(path: string, folder: string): boolean {
  return folder === '' || path.startsWith(`${folder}/`);
}

/** Whether a path is the path of a file or of a folder that contains the file. */
function isAt(file: string, path: string): boolean {
  return file === path || isIn(file, path);
}

async function bytesOf(write: (sink: ByteSink) => Promise<void>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  await write({
    write: (bytes) => {
      pieces.push(bytes.slice());
      return Promise.resolve();
    },
  });
  return join(pieces);
}

function join(pieces: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(pieces.reduce((size, { length }) => size + length, 0));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}
