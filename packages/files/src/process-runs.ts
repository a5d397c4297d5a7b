import { readFileSync } from 'node:fs';

/**
 * Whether a process with this id runs on this machine; it may be another than was meant. One that has ended
 * does not run, though its parent may have yet to ask how: the first process of a container may never ask.
 */
export function processRuns(pid: number): boolean {
  try {
    process.kill(pid, 0); // sends nothing
  } catch (error) {
    // Other people's processes may not be signalled, but they run.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false; // all that `kill` throws
  }
  return !isZombie(pid);
}

function isZombie(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')')).startsWith(') Z');
  } catch {
    return false; // no Linux, or gone meanwhile
  }
}
