import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const wasm = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'));
const ours = (name) => join(import.meta.dirname, name);

/**
 * Options with which esbuild builds the page: one script, its workers, and unchanged copies of its other
 * files.
 *
 * @param {string} outdir
 * @param {string} script - The page's script.
 * @param {readonly string[]} workers - Names of scripts, without `.mjs`.
 * @returns {import('esbuild').BuildOptions}
 */
export function bundleOptions(outdir, script = 'page.mjs', workers = []) {
  return {
    entryPoints: [
      { in: ours(script), out: 'page' },
      ...workers.map((worker) => ({ in: ours(`${worker}.mjs`), out: worker })),
      { in: ours('index.html'), out: 'index' },
      ...['', '-simd', '-threaded-simd'].map((kind) => {
        const name = `tfjs-backend-wasm${kind}`;
        return { in: join(wasm, `${name}.wasm`), out: name };
      }),
    ],
    outdir,
    bundle: true,
    format: 'esm',
    minify: true,
    loader: { '.html': 'copy', '.wasm': 'copy' },
    logLevel: 'error',
  };
}
