import { mkdir, readdir, rename } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { downloadFile, type DownloadOptions } from '../download/download-file.js';
import { UnreachableError } from '../download/fetch-from.js';
import { type CommandOptions, FailedCommandError, runCommand } from './archives.js';
import type { NpmFiles, WebFile } from './corpus.js';

/** Maximum number of simultaneous downloads. */
const AT_ONCE = 6;

export interface WebFilesOptions extends DownloadOptions {
  /** Folder in which interrupted downloads are continued. */
  readonly downloads: string;
}

/**
 * Downloads files into a folder for each part, under the last segments of their URLs. If a file fails, the others are
 * stopped before the error is thrown, so that nothing is written to a folder that the caller removes.
 *
 * @param name - Name of the corpus, for error messages.
 * @param parts - Files by the folder that they are written to.
 * @throws Error as `downloadFile`.
 */
export async function webFiles(
  name: string,
  parts: ReadonlyMap<string, readonly WebFile[]>,
  { downloads, onProgress, ...options }: WebFilesOptions,
): Promise<void> {
  const all = Array.from(parts, ([folder, files]) =>
    files.map((file) => ({ folder, file })),
  ).flat();
  const totalBytes = all.reduce((sum, { file }) => sum + file.sizeBytes, 0);
  let doneBytes = 0;
  for (const folder of parts.keys()) await mkdir(folder);
  const waiting = all.values();
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, ...(options.signal ? [options.signal] : [])]);
  const work = async (): Promise<void> => {
    for (const { folder, file } of waiting) {
      signal.throwIfAborted();
      const fileName = decodeURIComponent(basename(file.url));
      const path = join(downloads, `${name}-${file.sha256.slice(0, 8)}-${fileName}`);
      await downloadFile({ name: `${name}: ${fileName}`, ...file }, path, { ...options, signal });
      await rename(path, join(folder, fileName));
      onProgress?.({ doneBytes: (doneBytes += file.sizeBytes), totalBytes });
    }
  };
  const workers = Array.from({ length: AT_ONCE }, work);
  try {
    await Promise.all(workers);
  } finally {
    stop.abort();
    await Promise.allSettled(workers);
  }
}

/** Matches npm's error codes for a failing network, and for a registry without the package. */
const UNREACHED =
  /^npm (?:error|ERR!) code (E[45]\d\d|EAI_AGAIN|ENOTFOUND|ECONN\w+|E\w*TIMEDOUT|E\w+UNREACH|ERR_SOCKET\w+)$/m;

/** A file in an npm package. */
export interface PackedFile {
  readonly path: string;
  readonly content: Buffer;
}

/** Returns the wanted files of an npm package as texts, in the order of their paths. */
export async function npmTexts(
  name: string,
  source: NpmFiles,
  options: CommandOptions,
): Promise<readonly string[]> {
  const files = await npmFiles(name, source, options);
  return files.map(({ content }) => content.toString('utf8'));
}

/**
 * Returns the wanted files of an npm package, in the order of their paths. The user's npm downloads the
 * package, so that the user's mirrors and proxies apply. Nothing is installed or run.
 *
 * @param options - `folder` is a folder for temporary files.
 * @throws UnreachableError if the registry cannot be reached or lacks the package; Error if npm is missing or
 *   fails.
 */
export async function npmFiles(
  name: string,
  source: NpmFiles,
  options: CommandOptions,
): Promise<readonly PackedFile[]> {
  const folder = join(options.folder, 'npm');
  await mkdir(folder);
  const specifier = `${source.package}@${source.version}`;
  await runCommand(name, ['npm', 'pack', specifier], { ...options, folder }).catch(
    (error: unknown) => {
      throw unreachable(`${name}: expected ${specifier} from npm`, error) ?? error;
    },
  );
  const [archive] = await readdir(folder);

  const { list } = await import('tar'); // not before it is used: this is loaded with every command
  const files: { path: string; content: Promise<Buffer> }[] = [];
  await list({
    file: join(folder, archive),
    filter: (path) => source.entries.test(path),
    onReadEntry: (entry) => files.push({ path: entry.path, content: entry.concat() }),
  });
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  return Promise.all(files.map(async ({ path, content }) => ({ path, content: await content })));
}

/** Returns an error with npm's error code instead of its many lines; `undefined` for other errors. */
function unreachable(expected: string, error: unknown): UnreachableError | undefined {
  if (!(error instanceof FailedCommandError)) return undefined;
  const code = UNREACHED.exec(error.complaint)?.[1];
  if (code === undefined) return undefined;
  const toCheck = 'the network, HTTPS_PROXY and the registry of npm';
  return new UnreachableError(`${expected}, got ${code}`, toCheck, { cause: error });
}
