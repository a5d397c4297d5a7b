import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

import { processRuns } from './process-runs.js';

/** The time after which the holder of a lock renews it. */
export const RENEWAL_MS = 60_000;
/** A lock of another container that was not renewed for so long counts as abandoned. */
const STALE_MS = 5 * RENEWAL_MS;

const UNKNOWN = 'unknown';
const HOST = hostname().replaceAll(/\s/g, '-') || UNKNOWN;
const BOOT = read(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
/** Containers of one machine, which share its boot, have different ones. */
const NAMESPACE = read(() => /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0]);

/** What a lock's file says of this process: its id, host, boot, pid namespace and start. */
export function thisHolder(): string {
  return [process.pid, HOST, BOOT, NAMESPACE, startOf(process.pid)].join(' ');
}

/** The process that holds a lock. */
export interface LockHolder {
  /** The process in words: `process 7 of the host "a"`. */
  readonly words: string;
  /** The id of the process, where it is one of this machine that this process sees. */
  readonly pid?: number;
}

/**
 * The process that holds a lock; `undefined` where it does not run any more.
 *
 * @param text - What the lock's file says; earlier versions wrote the id alone, or also host and boot.
 * @param ageMs - The time since the lock was written or renewed.
 */
export function runningHolder(text: string, ageMs: number): LockHolder | undefined {
  const parts = text.trim().split(' ');
  const [id, host = HOST, boot = BOOT, namespace = NAMESPACE, start = UNKNOWN] = parts;
  if (!/^[1-9]\d*$/.test(id)) return undefined;
  const pid = Number(id);
  if (host !== HOST) return { words: `process ${id} of the host ${JSON.stringify(host)}` };
  if (boot !== BOOT) return undefined; // it ended with the power
  if (namespace !== NAMESPACE) {
    return ageMs < STALE_MS ? { words: `process ${id} of another container` } : undefined;
  }
  // Our own id is an earlier process's: in containers they begin at 1 each time.
  if (pid === process.pid || !processRuns(pid)) return undefined;
  const now = startOf(pid);
  const isAnother = start !== UNKNOWN && now !== UNKNOWN && start !== now;
  return isAnother ? undefined : { words: `process ${id}`, pid };
}

/**
 * Returns the id of the process that a lock names, if it is one of this host, boot and container that started
 * when the lock says; `undefined` if any of these differs or is missing.
 */
export function namedProcess(text: string): number | undefined {
  const [id, host, boot, namespace, start] = text.trim().split(' ');
  const isHere = host === HOST && boot === BOOT && namespace === NAMESPACE;
  if (!isHere || !/^[1-9]\d*$/.test(id)) return undefined;
  return start === startOf(Number(id)) ? Number(id) : undefined;
}

/** When a process started, in ticks since the boot: its id may be that of an earlier one. */
function startOf(pid: number): string {
  return read(() => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]; // field 22; the second is a name
  });
}

/** What the system says, where it does. */
function read(from: () => string | undefined): string {
  try {
    return from() ?? UNKNOWN;
  } catch {
    return UNKNOWN;
  }
}
