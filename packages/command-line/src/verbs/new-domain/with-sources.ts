import { readFile, realpath } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const CLONE = fileURLToPath(new URL('../../../../../', import.meta.url));

/**
 * Returns the manifest of a new package with development dependencies that npm can install: in a clone of
 * ramble they are links to the clone's packages, else versions. Links are for development alone, since they
 * lead nowhere from wherever the package is published or copied to.
 *
 * @param folder - The new package's folder.
 */
export async function withSources(manifest: string, folder: string): Promise<string> {
  if (!(await isClone())) return manifest;
  const home = await realpath(dirname(folder));
  const given = JSON.parse(manifest) as {
    readonly devDependencies: Readonly<Record<string, string>>;
  }; // the template's
  const links = Object.keys(given.devDependencies).map(async (name) => {
    const source = await realpath(join(CLONE, 'node_modules', name));
    const path = relative(join(home, basename(folder)), source);
    return [name, `file:${path.replaceAll(sep, '/')}`] as const;
  });
  const devDependencies = Object.fromEntries(await Promise.all(links));
  return `${JSON.stringify({ ...given, devDependencies }, null, 2)}\n`;
}

/** Returns whether this code is in a clone of ramble, not in a package that npm installed. */
async function isClone(): Promise<boolean> {
  try {
    const { name } = JSON.parse(await readFile(join(CLONE, 'package.json'), 'utf8')) as {
      name?: string;
    };
    return name === '@ramble/workspace';
  } catch {
    return false;
  }
}
