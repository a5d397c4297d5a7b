import { writeFile } from 'node:fs/promises';
import { extname } from 'node:path';

import type { Artifact } from '@ramble/core';
import { errorCode, fileError } from '@ramble/datasets';

/** Where an output goes. */
export interface Destination {
  /** The file that was asked for. */
  readonly out?: string;
  /** What a new file is called where none was: `music` for `music-1.mid`. */
  readonly name: string;
  /** Which of how many outputs it is, from 0. */
  readonly index?: number;
  readonly count?: number;
}

/**
 * Writes an output to the file that was asked for, `song.mid`, or `song-2.mid` for the second of
 * several. What is not text goes to a new file of the current folder in any case.
 *
 * @returns the file's path; `undefined` for text that no file was asked for.
 */
export async function writeArtifact(
  artifact: Artifact,
  { out, name, index = 0, count = 1 }: Destination,
): Promise<string | undefined> {
  if (out === undefined) {
    return artifact.kind === 'file'
      ? writeNew(name, artifact.extension, artifact.bytes)
      : undefined;
  }
  const extension = extname(out);
  const stem = out.slice(0, out.length - extension.length);
  const path = count === 1 ? out : `${stem}-${index + 1}${extension}`;
  const content = artifact.kind === 'text' ? artifact.text : artifact.bytes;
  await writeFile(path, content).catch((error: unknown) => {
    throw fileError(path, error);
  });
  return path;
}

/** Writes `music-1.mid`, or the next number that is free. */
async function writeNew(name: string, extension: string, bytes: Uint8Array): Promise<string> {
  for (let number = 1; ; number++) {
    const path = `${name}-${number}${extension}`;
    try {
      await writeFile(path, bytes, { flag: 'wx' });
      return path;
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw fileError(path, error);
    }
  }
}
