/** `node build-client.mjs`: bundles the script of the page of notes into src/pictures/notes-client.gen.ts. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const source = (name) => join(import.meta.dirname, 'src/pictures', name);

/** @returns the text of `notes-client.gen.ts`. */
export async function clientModule() {
  const { outputFiles } = await build({
    entryPoints: [source('notes-client.ts')],
    bundle: true,
    write: false,
    format: 'iife',
    minify: true,
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
  });
  const script = outputFiles[0].text.trim().replaceAll('</script', '<\\/script');
  return `// node packages/explorer/build-client.mjs; it contains Preact: MIT licence, (c) Jason Miller\nexport const NOTES_CLIENT = ${JSON.stringify(script)};\n`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  writeFileSync(source('notes-client.gen.ts'), await clientModule());
}
