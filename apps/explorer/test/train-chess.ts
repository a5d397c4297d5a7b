import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { askCommand } from './start-explorer.js';

const EXAMPLE = join(import.meta.dirname, '../../../examples/domains/chess');

/** Path of the module of a domain that is not one of ramble's; the module imports an npm package. */
export const CHESS = join(EXAMPLE, 'chess.mjs');

/**
 * Trains a small model of games of chess.
 *
 * @param folder - Folder for all files.
 * @returns the folder of the run.
 */
export async function trainChess(folder: string): Promise<string> {
  const [data, run] = [join(folder, 'games.txt'), join(folder, 'chess')];
  const games = (await readFile(join(EXAMPLE, 'games.txt'), 'utf8')).split('\n');
  await writeFile(data, games.slice(0, 10).join('\n'));
  const size = ['--n-layer', '1', '--n-head', '2', '--n-embd', '32', '--context-length', '1024'];
  const steps = ['--max-steps', '3', '--batch-size', '2'];
  await askCommand([CHESS, 'train', '--data', data, '--out', run, ...size, ...steps]);
  return run;
}
