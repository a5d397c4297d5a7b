import { writeFile } from 'node:fs/promises';
import { extname } from 'node:path';

import type { Artifact } from '@ramble/core';
import { errorCode, fileError } from '@ramble/datasets';

/** The bytes of an output's file. */
export function artifactBytes(artifact: Artifact): Uint8Array {
  return artifact.kind === 'text' ? new TextEncoder().encode(artifact.text) : artifact.bytes;
}

/**
 * Writes the file of an output that was asked for: `song.mid`, or `song-2.mid` when it is the second
 * of several.
 *
 * @returns its path.
 */
export async function writeArtifact(
  path: string,
  artifact: Artifact,
  { index, count }: { readonly index: number; readonly count: number } = { index: 0, count: 1 },
): Promise<string> {
  const extension = extname(path);
  const stem = path.slice(0, path.length - extension.length);
  const numbered = count === 1 ? path : `${stem}-${index + 1}${extension}`;
  await writeFile(numbered, artifactBytes(artifact)).catch((error: unknown) => {
    throw fileError(numbered, error);
  });
  return numbered;
}

/**
 * Writes an output to a new file of the current folder: `music-1.mid`, or the next free number.
 *
 * @returns its path.
 */
export async function writeNewArtifact(
  name: string,
  artifact: Extract<Artifact, { kind: 'file' }>,
): Promise<string> {
  for (let number = 1; ; number++) {
    const path = `${name}-${number}${artifact.extension}`;
    try {
      await writeFile(path, artifact.bytes, { flag: 'wx' });
      return path;
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw fileError(path, error);
    }
  }
}
