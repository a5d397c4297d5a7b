import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';

/** What stands in quotes behind `from` or `import`. */
const IMPORTED = /(?:\bfrom|\bimport)\s*\(?\s*(['"])([^'"\n]+)\1/g;

/**
 * The packages of ramble that a module and the files around it import, and that it cannot find beside
 * itself, each with the file that the command has of it.
 *
 * @param command - A file of the command, from which its packages are found.
 */
export function missingPackages(path: string, command: string): ReadonlyMap<string, string> {
  const wanted = [...importsOf(path, new Set())].filter(
    (name) => findFrom(path, name) === undefined,
  );
  const found = wanted.map((name): [string, string | undefined] => [name, findFrom(command, name)]);
  return new Map(found.filter((pair): pair is [string, string] => pair[1] !== undefined));
}

/** Every package of ramble that is named in a file, or in one that it imports by a relative path. */
function importsOf(path: string, seen: Set<string>): Set<string> {
  const names = new Set<string>();
  if (seen.has(path) || !existsSync(path)) return names;
  seen.add(path);
  for (const [, , name] of readFileSync(path, 'utf8').matchAll(IMPORTED)) {
    if (name.startsWith('@ramble/')) names.add(name);
    if (!/^\.{1,2}\//.test(name)) continue;
    for (const each of importsOf(resolve(dirname(path), name), seen)) names.add(each);
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
