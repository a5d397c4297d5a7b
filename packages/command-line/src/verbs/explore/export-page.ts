import { cp, mkdir, readdir, readFile, rmdir, stat, writeFile } from 'node:fs/promises';
import { createRequire, isBuiltin } from 'node:module';
import { join, relative, resolve } from 'node:path';

import { counted } from '@ramble/core/files';
import type { ExportedModel } from '@ramble/explorer';
import { exists, fileError, isFolder, putInPlace } from '@ramble/node';
import { findRun } from '@ramble/runs/node';
import {
  checkpointFolder,
  describeRun,
  findStep,
  openRun,
  type RunDescription,
} from '@ramble/runs';
import type * as esbuild from 'esbuild';

import { formatBytes } from '../../format/format-number.js';
import { UsageError } from '../../verb/exit-errors.js';
import { markedHtml, type PageIntroduction } from './page-html.js';

/** A page to be written as files that any web server can send. */
export interface PageExport {
  /** Path of the folder to write. */
  readonly folder: string;
  /** Path of the folder of the built page. */
  readonly page: string;
  /** Paths of the exported runs, by the names that the page shows. */
  readonly runs: Readonly<Record<string, string>>;
  /**
   * Bundles the app of a domain for the page; `undefined` for an app that comes with the command, because the page
   * contains it.
   *
   * @throws UsageError if the domain is unknown, or no browser can run it.
   */
  readonly bundleOf: (domain: string) => Promise<Uint8Array | undefined>;
  /** Texts above the page. */
  readonly introduction?: PageIntroduction;
}

/** Files of a run for the page, and the run's folder. */
interface ExportedRun extends ExportedModel {
  readonly source: string;
  readonly description: RunDescription;
  readonly bytes: number;
  /** The bundled app of the run's domain; absent for an app that comes with ramble. */
  readonly program?: Uint8Array;
}

/** Maximum size in bytes of the weights of all runs together. Visitors download them before they see anything. */
const MAX_BYTES = 30_000_000;

/**
 * Writes the Explorer's page with a checkpoint of each run: the one that its path names, or else the best. The models
 * run in the browser of each visitor. The paths of the runs' data are left out. The folder appears under its name
 * only when it is complete, so a failed export leaves no files.
 *
 * @returns the size of the weights of all runs in bytes.
 * @throws UsageError if the folder exists and is not empty, a run's domain is unknown or needs more than a browser
 *   has, or the runs are too large for a page.
 */
export async function exportPage(options: PageExport): Promise<number> {
  const { folder, page, runs, bundleOf, introduction } = options;
  await checkNewOrEmpty(folder);
  const entries = Object.entries(runs);
  if (entries.length === 0) {
    throw new UsageError('--model: expected a run for the page of --export, got none');
  }
  const found: ExportedRun[] = [];
  for (const [id, path] of entries) found.push(await findFiles(id, path, found.length, bundleOf));
  const bytes = found.reduce((sum, run) => sum + run.bytes, 0);
  if (bytes > MAX_BYTES) {
    throw new UsageError(
      `--export: expected at most ${formatBytes(MAX_BYTES)} of weights, which each visitor downloads, ` +
        `got ${formatBytes(bytes)} in ${counted(found.length, 'run')}; ramble DOMAIN average --weights int8 makes a run a quarter as large`,
    );
  }
  try {
    await putInPlace(resolve(folder), async (temporary) => {
      await writePage(temporary, page, found, introduction);
      // Only some systems put a folder in the place of an empty one.
      if (await exists(folder)) await rmdir(folder);
    });
  } catch (error) {
    throw fileError(folder, error);
  }
  return bytes;
}

async function writePage(
  folder: string,
  page: string,
  found: readonly ExportedRun[],
  introduction: PageIntroduction = {},
): Promise<void> {
  await cp(page, folder, { recursive: true });
  for (const run of found) {
    await writeRun(run, join(folder, 'models', run.folder));
    if (run.app === undefined || !run.program) continue;
    await mkdir(join(folder, 'apps'), { recursive: true });
    await writeFile(join(folder, run.app), run.program);
  }
  const list = found.map(({ id, folder: name, files, app }): ExportedModel => {
    return { id, folder: name, files, app };
  });
  await writeFile(join(folder, 'models.json'), JSON.stringify(list));
  const index = join(folder, 'index.html');
  const ids = list.map(({ id }) => id);
  await writeFile(index, markedHtml(await readFile(index, 'utf8'), ids, introduction));
}

/** @throws UsageError if the folder is a file or is not empty. */
async function checkNewOrEmpty(folder: string): Promise<void> {
  if (!(await exists(folder))) return;
  const isFile = !(await isFolder(folder));
  if (!isFile && (await readdir(folder)).length === 0) return;
  const got = isFile ? `a file ${folder}` : `files in ${folder}`;
  throw new UsageError(`--export: expected a new or an empty folder, got ${got}`);
}

async function findFiles(
  id: string,
  path: string,
  index: number,
  bundleOf: PageExport['bundleOf'],
): Promise<ExportedRun> {
  const { storage, step } = findRun(path);
  const { description } = await openRun(storage);
  const program = await bundleOf(description.domain.name);
  const checkpoint = checkpointFolder(await findStep(storage, step ?? 'best'));
  const weights = `${checkpoint}/model.safetensors`;
  const domain = (await storage.list('domain')).map((file) => `domain/${file}`);
  return {
    ...{ id, folder: String(index), source: storage.name, description },
    files: ['run.json', ...domain, weights],
    bytes: (await stat(join(storage.name, weights))).size,
    ...(program && { program, app: `apps/${index}.js` }),
  };
}

async function writeRun(
  { source, description, files }: ExportedRun,
  folder: string,
): Promise<void> {
  for (const file of files) {
    await mkdir(join(folder, file, '..'), { recursive: true });
    if (file === 'run.json') {
      const described = describeRun({ ...description, data: {}, origin: undefined });
      await writeFile(join(folder, file), JSON.stringify(described));
    } else {
      await cp(join(source, file), join(folder, file));
    }
  }
}

const require = createRequire(import.meta.url);
/**
 * Marks a resolve request that the plugin of `pagePlugin` made itself, so that it does not handle the request again.
 */
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

/**
 * Makes an esbuild plugin that resolves imports of ramble to the command's own modules.
 *
 * @param onObstacle - Called with a description of an import that no browser has: `app.js imports node:fs`.
 */
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

/** Returns the file of a ramble package; `undefined` if the command does not have the package. */
function ownPackage(name: string): string | undefined {
  try {
    return require.resolve(name);
  } catch {
    return undefined; // one that the user has installed
  }
}
