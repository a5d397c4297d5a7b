import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';

/** Result of ranks, after their launcher ended. */
export interface LaunchedRanks {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Ranks that are running. */
export interface StartedRanks {
  readonly launcher: ChildProcess;
  /** Settles when the launcher has ended and its output is closed. */
  readonly ended: Promise<LaunchedRanks>;
}

/** Runs a command as some ranks of this machine to the end, as `startRanks` starts it. */
export function launchRanks(...given: Parameters<typeof startRanks>): Promise<LaunchedRanks> {
  return startRanks(...given).ended;
}

/**
 * Starts a command as several ranks on this machine. The launcher gets a separate folder for its files: Open MPI
 * would remove the folder that all launchers of a user share, while another one starts in it.
 *
 * @param variables - Environment variables of the ranks, in addition to this process's.
 */
export function startRanks(
  { launcher, arguments: words, env }: InstalledMpi,
  count: number,
  command: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): StartedRanks {
  const folder = mkdtempSync(join(tmpdir(), 'ramble-mpi-'));
  const child = spawn(launcher, [...words, String(count), ...command], {
    // Without Jest's options of Node, and without the colours that a test runner requests.
    env: {
      ...process.env,
      ...{ NODE_OPTIONS: '', FORCE_COLOR: '', TMPDIR: folder },
      ...env,
      ...variables,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = endOf(child).finally(() => rm(folder, { recursive: true, force: true }));
  return { launcher: child, ended };
}

async function endOf(child: ChildProcessByStdio<null, Readable, Readable>): Promise<LaunchedRanks> {
  const [stdout, stderr, [status]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number | null]>,
  ]);
  return { status, stdout, stderr };
}

/** An MPI that `npm run setup:mpi` has put into ramble's cache folder, and how it is started. */
export interface InstalledMpi {
  readonly name: string;
  readonly launcher: string;
  /** Arguments of the launcher; the number of ranks follows them. */
  readonly arguments: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly library: string;
  /** Library of MPI 5's standard interface; absent if the MPI has none. */
  readonly standardLibrary?: string;
}

/** Returns the MPIs to test with. If the cache folder has none, prints that the tests are skipped. */
export function installedMpis(): InstalledMpi[] {
  const mpis = findInstalledMpis();
  if (mpis.length === 0) {
    process.stderr.write(
      'mpi: SKIPPED: no MPI to launch ranks with; npm run setup:mpi gets some\n',
    );
  }
  return mpis;
}

/** Finds the MPIs in the cache folder; returns none before `npm run setup:mpi`. */
export function findInstalledMpis(): InstalledMpi[] {
  const { RAMBLE_CACHE, XDG_CACHE_HOME } = process.env;
  const cache = RAMBLE_CACHE ?? join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'ramble');
  const folder = join(cache, 'mpi');
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const files = names.map((name) => join(folder, name, 'launch.json')).filter(existsSync);
  return files.map((file) => JSON.parse(readFileSync(file, 'utf8')) as InstalledMpi); // as setup:mpi wrote it
}

/** Placeholder that skipped tests receive. */
export const ABSENT: InstalledMpi = {
  name: 'MPI',
  launcher: '',
  arguments: [],
  env: {},
  library: '',
};
