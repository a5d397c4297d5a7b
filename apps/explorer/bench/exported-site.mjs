import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { context } from 'esbuild';

import { askCommand, modelFolder } from '../test/start-explorer.ts';

/** The models in this repository that the page is measured with. */
export const NAMES = ['en-fr', 'piano'];
/** Arguments of a command that name the models. */
export const MODELS = NAMES.flatMap((name) => ['--model', modelFolder(name)]);

/**
 * Exports the page with the models, and serves it unchanged and uncompressed at a free port.
 *
 * @returns its address, and a function that ends and removes it.
 */
export async function serveExported() {
  const folder = await mkdtemp(join(tmpdir(), 'ramble-site-'));
  await askCommand(['explore', '--export', folder, ...MODELS]);
  const files = await context({});
  const { port } = await files.serve({ servedir: folder, host: '127.0.0.1' });
  return {
    address: `http://127.0.0.1:${port}/`,
    close: async () => {
      await files.dispose();
      await rm(folder, { recursive: true });
    },
  };
}
