import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Paths of a library to try: beside the programs that this process comes from, as a launcher lies in the
 * `bin` of the folder whose `lib` has its library, then wherever the system looks.
 *
 * @param name - A file name, `libmpi.so.40`.
 * @returns paths that exist, and `name` as the last.
 */
export function libraryPaths(name: string, ancestors = ancestorPrograms()): string[] {
  const beside = ancestors.map((program) => join(dirname(program), '..', 'lib', name));
  return [...new Set(beside.filter((path) => existsSync(path))), name];
}

/** Paths of the programs of the parent process, its parent and so on; none where the system has no `/proc`. */
function ancestorPrograms(): string[] {
  const programs: string[] = [];
  try {
    for (let id = process.ppid; id > 1; id = parentOf(id)) {
      programs.push(readlinkSync(`/proc/${id}/exe`));
    }
  } catch {
    // Another user's process, or no /proc: what was found so far is enough.
  }
  return programs;
}

/** The fourth field of `stat`, behind the name in parentheses, which may contain anything. */
function parentOf(id: number): number {
  const stat = readFileSync(`/proc/${id}/stat`, 'utf8');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}
