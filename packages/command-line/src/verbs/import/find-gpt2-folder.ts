import { existsSync } from 'node:fs';

import { nearestName } from '@ramble/core';
import { getModel, listModels } from '@ramble/datasets';

import type { Output } from '../../verb/output.js';
import { formatBytes } from '../../format/format-bytes.js';

/**
 * The folder or file that `import` reads: one of the disk, or a model that is had by name, which is fetched
 * when the cache does not have it.
 *
 * @throws Error when there is neither.
 */
export async function findGpt2Folder(
  word: string,
  output: Output,
  signal: AbortSignal,
): Promise<string> {
  if (existsSync(word)) return word;
  const names = listModels().map(({ name }) => name);
  if (!names.includes(word)) {
    const nearest = nearestName(word, names);
    const hint = nearest ? `. Did you mean ${nearest}?` : '';
    throw new Error(
      `${word}: expected a folder, a GGUF file or the name of a model, got none${hint}`,
    );
  }
  const { model, folder } = await getModel(word, {
    signal,
    onProgress: ({ doneBytes, totalBytes }) => {
      output.progress(`getting ${word}: ${formatBytes(doneBytes)} of ${formatBytes(totalBytes)}`);
    },
    onWait: (reason) => void output.note(reason),
  });
  output.progress('');
  await output.note(`${word}: ${model.description} (licence: ${model.licence})`);
  return folder;
}
