import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { transform } from '@swc/core';

/** Hooks of Node's module loader, so that a test can start a process or a worker on unbuilt sources. */
export function resolve(specifier, context, next) {
  // By its address: a module of hooks that a source registers.
  const isOurs = specifier.startsWith('.')
    ? /\.tsx?$/.test(context.parentURL ?? '')
    : /^file:.*\/src\//.test(specifier);
  if (!isOurs) return next(specifier, context);
  const jsx = specifier.replace(/\.js$/, '.tsx');
  const isJsx = jsx !== specifier && existsSync(new URL(jsx, context.parentURL));
  return next(isJsx ? jsx : specifier.replace(/\.js$/, '.ts'), context);
}

export async function load(url, context, next) {
  if (!/\.tsx?$/.test(url)) return next(url, context);
  const source = await readFile(fileURLToPath(url), 'utf8');
  const { code } = await transform(source, {
    swcrc: false,
    module: { type: 'es6' },
    jsc: {
      target: 'es2022',
      parser: { syntax: 'typescript', tsx: url.endsWith('.tsx') },
      transform: { react: { runtime: 'automatic', importSource: 'preact' } },
    },
  });
  return { format: 'module', source: code, shortCircuit: true };
}
