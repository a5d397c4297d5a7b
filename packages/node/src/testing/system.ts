import { type ChildProcess, type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

/** Runs a function as a user without rights if the test runs as root. */
export async function asNobody<T>(run: () => Promise<T>): Promise<T> {
  const { geteuid, seteuid } = process;
  if (geteuid?.() !== 0 || !seteuid) return run();
  seteuid(65534);
  try {
    return await run();
  } finally {
    seteuid(0);
  }
}

/** Mounts a disk of one megabyte in memory; returns `undefined` if the system refuses. Requires root on Linux. */
export function mountSmallDisk(): { folder: string; unmount: () => void } | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'ramble-disk-'));
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder]);
  if (status !== 0) {
    rmSync(folder, { recursive: true });
    return undefined;
  }
  const unmount = (): void => {
    spawnSync('umount', [folder]);
    rmSync(folder, { recursive: true });
  };
  return { folder, unmount };
}

/** A process of this machine. */
export interface MarkedProcess {
  readonly id: number;
  /** The variables that it was started with. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Finds the processes on Linux whose environment variable `variable` has the given value. Child processes inherit the
 * environment, so these are all processes that a test started with the variable.
 */
export function markedProcesses(variable: string, value: string): MarkedProcess[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    const env = environmentOf(name);
    return env[variable] === value ? [{ id: Number(name), env }] : [];
  });
}

/** Returns the environment of a process; empty if it has ended or belongs to another user. */
function environmentOf(id: string): Record<string, string> {
  let entries: string;
  try {
    entries = readFileSync(`/proc/${id}/environ`, 'utf8');
  } catch {
    return {};
  }
  const pairs = entries.split('\0').map((entry): [string, string] => {
    const end = entry.indexOf('=');
    return [entry.slice(0, end), entry.slice(end + 1)];
  });
  return Object.fromEntries(pairs);
}

const register = new URL('../../../../tools/register-typescript.mjs', import.meta.url).href;

/**
 * Returns the command line that runs a TypeScript program from its sources, without a build. Node is the first word.
 */
export function typescriptCommand(program: URL, ...args: readonly string[]): [string, ...string[]] {
  const options = [`--import=${register}`, '--conditions=@ramble/source'];
  return [process.execPath, ...options, fileURLToPath(program), ...args];
}

/** Starts a TypeScript program in a separate process, from its sources, without a build. */
export function spawnTypescript(
  program: URL,
  ...args: readonly string[]
): ChildProcessByStdio<null, Readable, Readable> {
  const [node, ...words] = typescriptCommand(program, ...args);
  return spawn(node, words, {
    env: { ...process.env, NODE_OPTIONS: '' }, // without jest's options
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Exit status and output of a launcher of ranks (`mpirun`) that has ended. */
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

/** Starts a command as several ranks on this machine, as `startRanks` does, and waits for their end. */
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
  /** Path of the library with MPI 5's standard ABI; absent if the MPI has none. */
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
