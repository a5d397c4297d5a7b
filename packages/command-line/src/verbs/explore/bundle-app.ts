import { createRequire, isBuiltin } from 'node:module';
import { relative } from 'node:path';

import type * as esbuild from 'esbuild';

import { UsageError } from '../../verb/exit-errors.js';

const require = createRequire(import.meta.url);
/** Marks a request that this plugin made itself, so that it does not resolve the request again. */
const ASKED = 'asked by the plugin';

/**
 * Bundles an app's module for a page, with all that it imports. Imports of ramble resolve to the command's own
 * modules.
 *
 * @param word - The module's path or package, as the user typed it.
 * @param path - The file of the module.
 * @returns the program, an ECMAScript module whose default export is the app.
 * @throws UsageError if the module imports what no browser has, or esbuild is not installed; Error if it cannot be
 *   bundled.
 */
export async function bundleApp(word: string, path: string): Promise<Uint8Array> {
  const { build } = await loadEsbuild(word);
  const obstacles: string[] = [];
  try {
    const { outputFiles } = await build({
      entryPoints: [path],
      plugins: [pagePlugin((obstacle) => obstacles.push(obstacle))],
      ...{ bundle: true, write: false, minify: true, logLevel: 'silent' },
      ...{ platform: 'browser', format: 'esm', target: 'es2022' },
    });
    return outputFiles[0].contents;
  } catch (error) {
    if (obstacles.length === 0) throw error; // esbuild's message gives the position of the mistake
    throw new UsageError(
      `--domain: expected an app that runs in a browser, got ${word}, of which ${obstacles[0]}`,
      { cause: error },
    );
  }
}

async function loadEsbuild(word: string): Promise<typeof esbuild> {
  try {
    return await import('esbuild');
  } catch (error) {
    throw new UsageError(
      `--domain: expected esbuild, which bundles ${word} for the page, got none; npm install esbuild`,
      { cause: error },
    );
  }
}

/** @param onObstacle - Called with a file that imports something that no browser has. */
function pagePlugin(onObstacle: (obstacle: string) => void): esbuild.Plugin {
  /** Files of ramble's packages that were resolved so far. */
  const ownFiles = new Set<string>();
  // Modules of core that are not used define ops while they are loaded, which the page has.
  const keep = (path: string): esbuild.OnResolveResult => {
    ownFiles.add(path);
    return { path, sideEffects: false };
  };
  const setup = (build: esbuild.PluginBuild): void => {
    build.onResolve({ filter: /./ }, async ({ path, kind, importer, resolveDir, pluginData }) => {
      if (pluginData === ASKED) return undefined;
      if (isBuiltin(path)) {
        // A dynamic import fails only when it runs: in training, which the page never does.
        if (kind === 'dynamic-import') return { path, external: true };
        onObstacle(`${relative(process.cwd(), importer)} imports ${path}`);
        return undefined;
      }
      const own = path.startsWith('@ramble/') ? ownPackage(path) : undefined;
      if (own !== undefined) return keep(own);
      if (!ownFiles.has(importer)) return undefined;
      const found = await build.resolve(path, { kind, importer, resolveDir, pluginData: ASKED });
      return keep(found.path);
    });
  };
  return { name: 'page', setup };
}

/** The file of a package of ramble that the command has. */
function ownPackage(name: string): string | undefined {
  try {
    return require.resolve(name);
  } catch {
    return undefined; // one that the user has installed
  }
}
