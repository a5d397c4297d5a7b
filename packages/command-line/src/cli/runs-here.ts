import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folders that hold runs by custom: the current one, and two whose names the documentation uses. */
const FOLDERS = ['', 'runs', 'examples/models'];
/** Most runs that a message names. */
const NAMED_RUNS = 3;

/** Runs in the folder that a path is being typed in, in `runs/` where nothing is typed yet. */
export function folderRuns(typed: string): string[] {
  const folders = typed === '' ? ['', 'runs'] : [typed.endsWith('/') ? typed : folderOf(typed)];
  return folders.flatMap(runsIn).map(({ path }) => (typed.startsWith('./') ? `./${path}` : path));
}

/** Runs of a domain in the current folder and in those that hold runs by custom. */
export function runsHere(domain?: string): string[] {
  const runs = FOLDERS.flatMap(runsIn);
  return runs
    .filter((run) => domain === undefined || domainIn(run.json) === domain)
    .map(({ path }) => path);
}

/** The first runs in the folders that hold some by custom, in words; of a domain, if one is given. */
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
