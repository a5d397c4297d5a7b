import { readFile, realpath } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const CLONE = fileURLToPath(new URL('../../../../../', import.meta.url));

/** The dependencies of a package, by name. */
type Dependencies = Readonly<Record<string, string>>;

/**
 * The manifest of a new package, whose packages of ramble npm can install: where the command runs in a
 * clone of ramble they are the clone's, which npm links; else those of the command's version.
 *
 * @param folder - Where the package will be.
 */
export async function withSources(manifest: string, folder: string): Promise<string> {
  if (!(await isClone())) return manifest;
  const home = await realpath(dirname(folder));
  const { dependencies, devDependencies, ...others } = JSON.parse(manifest) as {
    readonly dependencies: Dependencies;
    readonly devDependencies: Dependencies;
  }; // the template's
  const linked = async (given: Dependencies): Promise<Dependencies> => {
    const entries = Object.keys(given).map(async (name) => {
      const source = await realpath(join(CLONE, 'node_modules', name));
      const path = relative(join(home, basename(folder)), source);
      return [name, `file:${path.replaceAll(sep, '/')}`] as const;
    });
    return Object.fromEntries(await Promise.all(entries));
  };
  const written = {
    ...others,
    dependencies: await linked(dependencies),
    devDependencies: await linked(devDependencies),
  };
  return `${JSON.stringify(written, null, 2)}\n`;
}

/** Whether this code lies in a clone of ramble, and not in a package that npm installed. */
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
