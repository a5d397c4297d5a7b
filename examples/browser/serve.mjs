/** `node serve.mjs`: serves the page on http://127.0.0.1 and bundles it each time it is loaded. */
import { join } from 'node:path';
import { context } from 'esbuild';

import { bundleOptions } from './bundle.mjs';

const outdir = join(import.meta.dirname, 'dist');
const page = await context(bundleOptions(outdir));
const { port } = await page.serve({ servedir: outdir, host: '127.0.0.1' });
console.log(`Open http://127.0.0.1:${port} (Ctrl-C ends it)`);
