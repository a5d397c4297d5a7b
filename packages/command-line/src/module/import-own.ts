import { existsSync, readFileSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/**
 * Ways to change how modules are found, all absent in Node 20: `registerHooks` of newer Nodes and Deno, and Bun's
 * plugins.
 */
interface Loaders {
  readonly registerHooks?: (hooks: {
    resolve(name: string, context: Context, next: Next): Resolved;
    load?(url: string, context: object, next: (url: string, context: object) => unknown): unknown;
  }) => { deregister(): void };
  readonly Bun?: { plugin(plugin: { name: string; setup(build: BunBuild): void }): void };
  readonly Deno?: object;
}
interface Context {
  readonly parentURL?: string;
}
interface Resolved {
  readonly url: string;
  readonly format?: string;
  readonly shortCircuit?: boolean;
}
type Next = (name: string, context: Context) => Resolved;
interface BunBuild {
  readonly module: (
    name: string,
    load: () => Promise<{ loader: 'object'; exports: object }>,
  ) => void;
}

const { registerHooks } = nodeModule as Loaders;
const { Bun, Deno } = globalThis as Loaders;

/**
 * Imports a user's module. If it imports packages of ramble that are not installed near it, it gets the command's own
 * copies. The mechanism differs by runtime.
 *
 * @returns the module's namespace object.
 */
export async function importOwn(path: string): Promise<unknown> {
  const { href } = pathToFileURL(path);
  if (Bun) {
    shareWithBun(path);
    return import(href);
  }
  if (Deno) return importInDeno(path);
  // The hooks stay for later imports of the module. They resolve only packages of ramble that are not found
  // otherwise.
  if (registerHooks) registerHooks({ resolve: resolveOrOwn });
  else nodeModule.register(import.meta.url);
  return import(href);
}

function resolveOrOwn(name: string, context: Context, next: Next): Resolved {
  try {
    return next(name, context);
  } catch (error) {
    if (!name.startsWith('@ramble/')) throw error;
    return next(name, { ...context, parentURL: import.meta.url });
  }
}

/**
 * Hook for Node 20 that resolves a package of ramble to the command's own copy if it is not found otherwise. Node
 * loads this file in the thread of its module loader and calls the hook by its name, `resolve`.
 *
 * @see https://nodejs.org/docs/latest-v20.x/api/module.html#customization-hooks
 */
export const resolve: nodeModule.ResolveHook = async (specifier, context, next) => {
  try {
    return await next(specifier, context);
  } catch (error) {
    if (!specifier.startsWith('@ramble/')) throw error;
    return next(specifier, { ...context, parentURL: import.meta.url });
  }
};

/**
 * Makes the command's own copies of ramble's packages available to a user's module in Bun. They are registered under
 * the packages' names, because Bun's resolve hooks do not see these names.
 */
function shareWithBun(path: string): void {
  const missing = missingPackages(path);
  const setup = ({ module }: BunBuild): void => {
    for (const [name, file] of missing) {
      module(name, async () => ({ loader: 'object', exports: (await import(file)) as object }));
    }
  };
  Bun?.plugin({ name: 'ramble', setup });
}

/**
 * Imports a user's module in Deno, where `registerHooks` breaks the imports of packages. So the packages of ramble
 * are loaded first, and the hooks apply only to the user's files.
 */
async function importInDeno(path: string): Promise<unknown> {
  const missing = missingPackages(path);
  for (const file of missing.values()) await import(pathToFileURL(file).href);
  const resolve = (name: string, context: Context, next: Next): Resolved => {
    const file = missing.get(name);
    if (file === undefined) return next(name, context);
    return { url: pathToFileURL(file).href, format: 'module', shortCircuit: true };
  };
  const load = (url: string, context: object, next: (url: string, context: object) => unknown) =>
    next(url, context);
  const hooks = missing.size > 0 ? registerHooks?.({ resolve, load }) : undefined; // both exist, or neither is called
  try {
    return await import(pathToFileURL(path).href);
  } finally {
    hooks?.deregister();
  }
}

/** Matches `from` or `import` with the quoted name after it, which is the second group. */
const IMPORTED = /(?:\bfrom|\bimport)\s*\(?\s*(['"])([^'"\n]+)\1/g;

/**
 * Finds the packages of ramble that a module imports, directly or through files with relative paths, and that are not
 * installed near the module. Each is mapped to the path of the command's own copy.
 */
function missingPackages(path: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const name of importsOf(path, new Set())) {
    const own = findFrom(fileURLToPath(import.meta.url), name);
    if (own !== undefined && findFrom(path, name) === undefined) found.set(name, own);
  }
  return found;
}

/** Returns the packages of ramble that a file imports, directly or through files with relative paths. */
function importsOf(path: string, seen: Set<string>): Set<string> {
  const names = new Set<string>();
  if (seen.has(path) || !existsSync(path)) return names;
  seen.add(path);
  for (const [, , name] of readFileSync(path, 'utf8').matchAll(IMPORTED)) {
    if (name.startsWith('@ramble/')) names.add(name);
    if (!/^\.{1,2}\//.test(name)) continue;
    for (const each of importsOf(join(dirname(path), name), seen)) names.add(each);
  }
  return names;
}

function findFrom(path: string, name: string): string | undefined {
  try {
    return createRequire(path).resolve(name);
  } catch {
    return undefined;
  }
}
