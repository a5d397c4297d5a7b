import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Folders that are searched for runs: the current one, and two that the documentation uses. */
const FOLDERS = ['', 'runs', 'examples/models'];
/** Maximum number of runs that an error message names. */
const NAMED_RUNS = 3;

/** Whether a path is the folder of a run. */
export function isRun(path: string): boolean {
  return existsSync(join(path, 'run.json'));
}

/**
 * Returns the paths of the runs in the folder of a partly typed path; for an empty path, in the current folder and in
 * `runs`.
 */
export function folderRuns(typed: string): string[] {
  const folders = typed === '' ? ['', 'runs'] : [typed.endsWith('/') ? typed : folderOf(typed)];
  return folders.flatMap(runsIn).map(({ path }) => (typed.startsWith('./') ? `./${path}` : path));
}

/**
 * Returns the paths of all runs in the current folder, in `runs` and in `examples/models`; with `domain`, only the
 * runs of that domain.
 */
export function runsHere(domain?: string): string[] {
  const runs = FOLDERS.flatMap(runsIn);
  return runs
    .filter((run) => domain === undefined || domainIn(run.json) === domain)
    .map(({ path }) => path);
}

/**
 * Lists the first three runs in the current folder, in `runs` and in `examples/models`, with the number of further
 * ones; with `domain`, only runs of that domain. The result is empty if no run is found.
 */
export function foundRuns(domain?: string): string {
  const runs = runsHere(domain);
  const more = runs.length > NAMED_RUNS ? ` and ${runs.length - NAMED_RUNS} more` : '';
  return runs.slice(0, NAMED_RUNS).join(', ') + more;
}

function runsIn(folder: string): { path: string; json: string }[] {
  return namesIn(folder === '' ? '.' : folder).flatMap((name) => {
    const path = join(folder, name);
    try {
      return [{ path, json: readFileSync(join(path, 'run.json'), 'utf8') }];
    } catch {
      return []; // no run
    }
  });
}

function domainIn(json: string): unknown {
  try {
    return (JSON.parse(json) as { domain?: { name?: unknown } } | null)?.domain?.name;
  } catch {
    return undefined;
  }
}

function folderOf(path: string): string {
  const folder = dirname(path);
  return folder === '.' ? '' : folder;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
