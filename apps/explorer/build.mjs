/** `node build.mjs [FOLDER]`: bundles the page into dist/page, with the licences of bundled packages. */
import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { createRequire } from 'node:module';
import { build } from 'esbuild';

const outdir = resolve(process.argv[2] ?? join(import.meta.dirname, 'dist/page'));
const wasm = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'));
const source = (name) => join(import.meta.dirname, 'src', name);
rmSync(outdir, { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: [
    { in: source('main.tsx'), out: 'page' },
    { in: source('styles/page.css'), out: 'page' },
    { in: source('styles/watch.css'), out: 'watch' },
    { in: source('styles/chat.css'), out: 'chat' },
    { in: source('styles/look.css'), out: 'look' },
    { in: source('styles/music.css'), out: 'music' },
    { in: source('worker/worker.ts'), out: 'worker' },
    ...['', '-simd', '-threaded-simd'].map((kind) => {
      const name = `tfjs-backend-wasm${kind}`;
      return { in: join(wasm, `${name}.wasm`), out: `wasm/${name}` };
    }),
  ],
  loader: { '.wasm': 'copy' },
  outdir,
  bundle: true,
  format: 'esm',
  splitting: true,
  minify: true,
  target: 'es2022',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  conditions: ['@ramble/source'],
  chunkNames: 'chunks/[name]-[hash]',
  metafile: true,
  logLevel: 'warning',
});
copyFileSync(source('index.html'), join(outdir, 'index.html'));
writeFileSync(
  join(outdir, 'LICENSES.txt'),
  licenses(Object.values(metafile.outputs).flatMap(used)),
);

/** Returns the source files that are part of an output. */
function used({ inputs }) {
  // Modules that are not in the bundle have names such as `(disabled):…`.
  return Object.keys(inputs).filter(
    (path) => inputs[path].bytesInOutput > 0 && !path.includes(':'),
  );
}

/** Returns the licences of the bundled packages. */
function licenses(inputs) {
  const folders = new Set(
    inputs.flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []),
  );
  return [...folders]
    .sort()
    .map((folder) => {
      const { name, version, license, author, homepage, repository } = JSON.parse(
        readFileSync(join(folder, 'package.json'), 'utf8'),
      );
      const file = ['LICENSE', 'LICENSE.md', 'LICENSE.txt'].find((it) =>
        existsSync(join(folder, it)),
      );
      // Some packages contain only the name of their licence.
      const text = file
        ? readFileSync(join(folder, file), 'utf8')
        : `By ${author?.name ?? author ?? 'its authors'}, ${homepage ?? repository.url}\n`;
      return `${name} ${version}, ${license}\n\n${text}`;
    })
    .join(`\n${'-'.repeat(80)}\n\n`);
}
