import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, realpath, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

import { fileError, putInPlace } from '@ramble/node';

import { UsageError } from '../../verb/exit-errors.js';
import type { Call, PlainProgram } from '../../verb/verb.js';

const TEMPLATE = new URL('../../../templates/domain/', import.meta.url);
/** Name of the template's domain. */
const TEMPLATE_NAME = 'my-domain';

/** `new-domain`: writes a package with a domain, its test, some data and a README. */
export const newDomainProgram = {
  flags: {},
  operands: ['<name>'],
  run: async ({ operands: [name], apps, output }: Call<object>) => {
    checkName(name, apps);
    if (existsSync(name)) {
      throw new Error(`${name}: expected a new folder, got one that exists`);
    }
    const files = (await readdir(TEMPLATE)).sort();
    const write = async (folder: string): Promise<void> => {
      await mkdir(folder);
      for (const file of files) {
        const text = await readFile(new URL(file, TEMPLATE), 'utf8');
        const own = text.replaceAll(TEMPLATE_NAME, name);
        const written = file === 'package.json' ? await withSources(own, resolve(name)) : own;
        await writeFile(join(folder, file), written, { flush: true });
      }
    };
    await putInPlace(name, write).catch((error: unknown) => {
      throw fileError(name, error);
    });
    if (output.isJson) {
      await output.printJson({ folder: name, files });
      return;
    }
    for (const file of files) await output.print(join(name, file));
    await output.note(`next: cd ${name}, npm install, then follow its README`);
  },
} satisfies PlainProgram<object>;

/** @throws UsageError for a name that is not valid for a package, or belongs to a domain of the command. */
function checkName(name: string, apps: Call<object>['apps']): void {
  if (!/^[a-z][a-z\d-]*$/.test(name)) {
    throw new UsageError(
      `new-domain: expected a name of lowercase letters, digits and "-" that begins with a letter, got ${name}`,
    );
  }
  if (apps.some((app) => app.name === name)) {
    throw new UsageError(`new-domain: expected a new name, got ${name}, which ramble already uses`);
  }
}

const CLONE = fileURLToPath(new URL('../../../../../', import.meta.url));

/**
 * Returns the manifest of a new package with development dependencies that npm can install: in a clone of ramble
 * they are links to the clone's packages, else versions. Links are only for development, since they are broken
 * after the package is published or copied.
 *
 * @param folder - The new package's folder.
 */
async function withSources(manifest: string, folder: string): Promise<string> {
  if (!(await isClone())) return manifest;
  const home = await realpath(dirname(folder));
  const given = JSON.parse(manifest) as {
    readonly devDependencies: Readonly<Record<string, string>>;
  }; // the manifest of the template
  const links = Object.keys(given.devDependencies).map(async (name) => {
    const source = await realpath(join(CLONE, 'node_modules', name));
    const path = relative(join(home, basename(folder)), source);
    return [name, `file:${path.replaceAll(sep, '/')}`] as const;
  });
  const devDependencies = Object.fromEntries(await Promise.all(links));
  return `${JSON.stringify({ ...given, devDependencies }, null, 2)}\n`;
}

/** Whether this code is in a clone of ramble, and not in a package that npm installed. */
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
