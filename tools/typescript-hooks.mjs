import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { transform } from '@swc/core';

/** Hooks of Node's module loader, so that a test can start a process or a worker on our sources unbuilt. */
export function resolve(specifier, context, next) {
  // By its address: a module of hooks that a source registers.
  const isOurs = specifier.startsWith('.')
    ? context.parentURL?.endsWith('.ts')
    : /^file:.*\/src\//.test(specifier);
  return next(isOurs ? specifier.replace(/\.js$/, '.ts') : specifier, context);
}

export async function load(url, context, next) {
  if (!url.endsWith('.ts')) return next(url, context);
  const source = await readFile(fileURLToPath(url), 'utf8');
  const { code } = await transform(source, {
    swcrc: false,
    module: { type: 'es6' },
    jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
  });
  return { format: 'module', source: code, shortCircuit: true };
}
