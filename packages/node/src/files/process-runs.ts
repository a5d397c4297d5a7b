import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { readdir, readlink, stat } from 'node:fs/promises';
import { basename } from 'node:path';

/**
 * Whether a process with this id runs on this machine; it may be a later process with the same id.
 * A process that has ended does not run, even if its parent has not read its status yet: the first
 * process of a container may never do that.
 */
export function processRuns(pid: number): boolean {
  try {
    process.kill(pid, 0); // signal 0 only tests the process
  } catch (error) {
    // Other people's processes may not be signalled, but they run.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false; // all that `kill` throws
  }
  return !isZombie(pid);
}

/**
 * Whether a process of this machine has a file open, from /proc on Linux and from `lsof` elsewhere. False if the
 * system refuses, as for other users' processes.
 */
export async function hasOpen(pid: number, file: string): Promise<boolean> {
  if (!existsSync('/proc/self/fd')) return lsofLists(pid, file);
  const expected = await stat(file, { bigint: true }).catch(() => undefined);
  const folder = `/proc/${pid}/fd`;
  for (const name of await readdir(folder).catch(() => [])) {
    const link = `${folder}/${name}`;
    const target = await readlink(link).catch(() => '');
    if (basename(target) !== basename(file)) continue; // skips other files, because a disk may hang
    const opened = await stat(link, { bigint: true }).catch(() => undefined);
    if (opened && opened.dev === expected?.dev && opened.ino === expected.ino) return true;
  }
  return false;
}

/**
 * Whether `lsof` lists a file among the open files of a process.
 *
 * @see https://lsof.readthedocs.io/en/latest/manpage/
 */
function lsofLists(pid: number, file: string): Promise<boolean> {
  const words = ['-a', '-t', '-p', `${pid}`, '--', file];
  return new Promise((resolve) => {
    execFile('lsof', words, { timeout: 5000 }, (error, stdout) => {
      resolve(!error && stdout.trim() === `${pid}`);
    });
  });
}

function isZombie(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')')).startsWith(') Z');
  } catch {
    return false; // no Linux, or gone meanwhile
  }
}
