import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
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
 * Finds the processes of Linux whose environment has a variable of this value. Processes inherit the environment,
 * so these are all processes that a test started with it.
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
  let text: string;
  try {
    text = readFileSync(`/proc/${id}/environ`, 'utf8');
  } catch {
    return {};
  }
  const entries = text.split('\0').map((entry): [string, string] => {
    const end = entry.indexOf('=');
    return [entry.slice(0, end), entry.slice(end + 1)];
  });
  return Object.fromEntries(entries);
}

const register = new URL('../../../../tools/register-typescript.mjs', import.meta.url).href;

/** Words that start a TypeScript program on sources that need not be built; Node is the first word. */
export function typescriptCommand(program: URL, ...args: readonly string[]): [string, ...string[]] {
  const options = [`--import=${register}`, '--conditions=@ramble/source'];
  return [process.execPath, ...options, fileURLToPath(program), ...args];
}

/** Starts a TypeScript program in a separate process, on sources that need not be built. */
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
