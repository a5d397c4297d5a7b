import { spawn } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';

import { errorCode } from '@ramble/node';

import { type CorpusTable, type Part, PARTS } from './corpus.js';

/**
 * Extracts the files of a zip archive into one folder per part. A table in the archive names the part of each
 * file.
 *
 * @param folderOf - Returns the folder of a part.
 * @throws Error if the archive lacks the table or a file in it, or the table lacks a part.
 */
export async function extractParts(
  name: string,
  archivePath: string,
  { entry, fileColumn, partColumn }: CorpusTable,
  folderOf: (part: Part) => string,
  signal?: AbortSignal,
): Promise<void> {
  const { parse } = await import('csv-parse/sync'); // loaded lazily, because this file is loaded with every command
  const tablePath = `${archivePath}.csv`;
  await extractZip(name, archivePath, new Map([[entry, tablePath]]), signal);
  const content = await readFile(tablePath, 'utf8');
  const rows = parse<Readonly<Record<string, string>>>(content, { columns: true, bom: true });
  await rm(tablePath);
  const targets = new Map<string, string>();
  for (const { [fileColumn]: file, [partColumn]: word } of rows) {
    const part = PARTS.find((each) => each === word);
    if (part === undefined) {
      throw new Error(`${name}: expected one of ${PARTS.join(', ')} in ${entry}, got ${word}`);
    }
    // The files are relative to the table; names are unique without their folders.
    targets.set(`${dirname(entry)}/${file}`, join(folderOf(part), basename(file)));
  }
  for (const part of PARTS) await mkdir(folderOf(part));
  await extractZip(name, archivePath, targets, signal);
}

/**
 * Writes some files of a zip archive to given paths, at constant memory.
 *
 * @param targets - Path to write by the file's name in the archive.
 * @throws Error if the archive lacks one of the files.
 */
export async function extractZip(
  name: string,
  archivePath: string,
  targets: ReadonlyMap<string, string>,
  signal?: AbortSignal,
): Promise<void> {
  const { default: yauzl } = await import('yauzl'); // loaded lazily, because this file is loaded with every command
  const missing = new Set(targets.keys());
  const archive = await yauzl.openPromise(archivePath);
  for await (const entry of archive.eachEntry()) {
    const target = targets.get(entry.fileName);
    if (target === undefined) continue;
    const content = await archive.openReadStreamPromise(entry);
    await pipeline(content, createWriteStream(target), { signal });
    missing.delete(entry.fileName);
  }
  checkComplete(name, missing);
}

/**
 * Checks that no file of an archive is missing.
 *
 * @param missing - Names of the files that the archive lacks.
 * @throws Error that names the first of them.
 */
export function checkComplete(name: string, missing: Iterable<string>): void {
  for (const lacking of missing) {
    throw new Error(`${name}: expected ${lacking} in the archive, got an archive without it`);
  }
}

/** A file in an archive. */
export interface TarFile {
  readonly path: string;
  readonly content: Buffer;
}

/** Reads the files of a .tar or .tar.gz archive in order; a few of them are in memory at a time. */
export async function* tarFiles(archive: string): AsyncGenerator<TarFile> {
  const { Parser } = await import('tar'); // loaded lazily, because this file is loaded with every command
  const found: TarFile[] = [];
  const parser = new Parser({
    strict: true,
    onReadEntry: (entry) => {
      const chunks: Buffer[] = [];
      entry.on('data', (chunk) => chunks.push(chunk));
      entry.on('end', () => {
        if (entry.type === 'File') found.push({ path: entry.path, content: Buffer.concat(chunks) });
      });
    },
  });
  const chunks: AsyncIterable<Buffer> = createReadStream(archive);
  for await (const chunk of chunks) {
    parser.write(chunk); // by its return, it has emitted all entries that end in the chunk
    yield* found.splice(0);
  }
  parser.end();
  yield* found;
}

/**
 * Removes the work folders of killed processes for a corpus, of this version or an earlier one:
 * `NAME-HASH.XXXXXX`. Only the holder of the corpus's lock makes such folders, and the caller holds
 * it, so no running process loses its folder.
 *
 * @param corpora - The folder of all corpora.
 */
export async function clearWork(corpora: string, name: string): Promise<void> {
  for (const entry of await readdir(corpora)) {
    const rest = entry.startsWith(name) ? entry.slice(name.length) : '';
    if (!/^(?:-[0-9a-f]{8})?\.[A-Za-z0-9]{6}$/.test(rest)) continue; // as mkdtemp names them
    await rm(join(corpora, entry), { recursive: true, force: true });
  }
}

export interface CommandOptions {
  /** Working directory of the command. */
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
}

/** Thrown if a program was found and started, but exited with an error. */
export class FailedCommandError extends Error {
  /** Output of the program on standard error. */
  readonly complaint: string;

  constructor(message: string, complaint: string) {
    super(message);
    this.complaint = complaint;
  }
}

const SHOWN_LINES = 4;

/**
 * Runs a program of the user's machine and discards its output.
 *
 * @param name - Purpose of the program, for error messages.
 * @throws Error if the program is missing; FailedCommandError with its first lines on standard error, if it
 *   fails.
 */
export async function runCommand(
  name: string,
  [program, ...parameters]: readonly [string, ...string[]],
  { folder, environment, signal }: CommandOptions,
): Promise<void> {
  signal?.throwIfAborted();
  const child = spawn(program, parameters, {
    cwd: folder,
    env: environment,
    signal,
    stdio: ['ignore', 'ignore', 'pipe'],
    // On Windows, npm is a script, which only a shell can start.
    shell: process.platform === 'win32',
  });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
  const outcome = await new Promise<Error | number | string>((resolve) => {
    child.once('error', resolve);
    child.once('close', (status, killedBy) => resolve(status ?? killedBy ?? 'no status'));
  });
  signal?.throwIfAborted();
  if (outcome === 0) return;
  if (errorCode(outcome) === 'ENOENT') {
    throw new Error(`${name}: ${program} was not found on the PATH`, { cause: outcome });
  }
  const lines = complaint.split('\n').filter((line) => line.trim() !== '');
  const shown = lines.slice(0, SHOWN_LINES).join('; ');
  const got = outcome instanceof Error ? outcome.message : `exit status ${outcome}: ${shown}`;
  throw new FailedCommandError(
    `${name}: expected "${[program, ...parameters].join(' ')}" to succeed, got ${got}`,
    complaint,
  );
}
